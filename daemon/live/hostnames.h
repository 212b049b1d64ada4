// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace sallyport::live {

/// What hosts call themselves, as runs said last. Thread-safe.
class Hostnames {
 public:
    void put(const std::string& workspace, const std::string& host, std::string reported);
    /// Empty if no run said it.
    [[nodiscard]] std::string find(const std::string& workspace, const std::string& host) const;

 private:
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::string> names_;  // by workspace and inventory name
};

}  // namespace sallyport::live
