// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sallyport::store {

/// Keeps a second daemon away from a state folder for as long as it lives.
class Lock {
 public:
    /// Throws Error{Code::config} where somebody holds it, {record} where it cannot be made.
    explicit Lock(const std::string& folder);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

 private:
    int fd_;
};

}  // namespace sallyport::store
