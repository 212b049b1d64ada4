// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "policy/lent_key.h"

namespace sallyport::live {

/// The keys that operators lent and that hold now. Thread-safe.
class LentKeys {
 public:
    static constexpr std::size_t max_keys = 10'000;
    static constexpr std::size_t max_of_one = 200;  // operator

    /// Takes a key in that holds for `time` and logs in for `login_time`, or renews the same one. Throws
    /// Error{Code::conflict} if it is lent for something else, {limit} if there are too many, or
    /// too many of one operator.
    void lend(LentKey::Facts facts, std::chrono::seconds time, std::chrono::seconds login_time);
    /// The key, if it holds and is shown from where it was lent; null otherwise.
    [[nodiscard]] std::shared_ptr<const LentKey> find(const std::string& blob,
                                                      const std::string& source) const;
    /// Takes back every key of a run.
    void revoke(const std::string& run_id);

 private:
    void drop_expired();

    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<LentKey>> keys_;  // by blob
};

}  // namespace sallyport::live
