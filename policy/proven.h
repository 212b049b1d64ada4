// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/policy_file.h"
#include "policy/lent_key.h"

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
    /// The key that an operator lent, if it was shown in place of one of their own; else null.
    [[nodiscard]] const std::shared_ptr<const LentKey>& lent() const noexcept { return lent_; }
    /// The numeric address that the connection came from.
    [[nodiscard]] const std::string& source() const noexcept { return source_; }

 private:
    friend class ssh::Door;
    Proven(const Operator& who, std::string fingerprint, std::string source,
           std::shared_ptr<const LentKey> lent = nullptr);

    std::string name_;
    std::vector<std::string> groups_;
    std::string fingerprint_;
    std::string method_ = "publickey";
    std::string source_;
    std::shared_ptr<const LentKey> lent_;
};

}  // namespace sallyport
