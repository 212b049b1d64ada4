// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/policy_file.h"

namespace sallyport::ssh {
class Door;
}

namespace sallyport {

/// Who somebody is, because a signature was verified: made only there.
class Proven {
 public:
    [[nodiscard]] const std::string& operator_name() const noexcept { return name_; }
    [[nodiscard]] const std::vector<std::string>& groups() const noexcept { return groups_; }
    [[nodiscard]] const std::string& key_fingerprint() const noexcept { return fingerprint_; }
    [[nodiscard]] const std::string& auth_method() const noexcept { return method_; }
    /// The numeric address that the connection came from.
    [[nodiscard]] const std::string& source() const noexcept { return source_; }

 private:
    friend class ssh::Door;
    Proven(const Operator& who, std::string fingerprint, std::string source);

    std::string name_;
    std::vector<std::string> groups_;
    std::string fingerprint_;
    std::string method_ = "publickey";
    std::string source_;
};

}  // namespace sallyport
