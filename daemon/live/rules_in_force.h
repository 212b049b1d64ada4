// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "policy/rules.h"

namespace sallyport::live {

/// The rules in force: an immutable snapshot that is swapped whole. Thread-safe; who holds a snapshot keeps
/// it.
class RulesInForce {
 public:
    explicit RulesInForce(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
    [[nodiscard]] std::shared_ptr<const Rules> get() const;
    void set(std::shared_ptr<const Rules> rules);

 private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Rules> rules_;
};

}  // namespace sallyport::live
