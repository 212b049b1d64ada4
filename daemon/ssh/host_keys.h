// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/ssh/algorithms.h"
#include "daemon/ssh/handles.h"

namespace sallyport::ssh {

/// One of the bastion's own host keys, as a person compares it.
struct HostKeyFacts {
    std::string type;         // ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256
    std::string base64;       // the public key's blob
    std::string fingerprint;  // SHA256:…
};

/// The bastion's host keys: files `ssh_host_TYPE_key` (0600) in one folder, made at the first start.
class HostKeys {
 public:
    /// `types` are ed25519, rsa (3072 bits) and ecdsa (nistp256). Throws Error{Code::config} if a file is not
    /// usable.
    HostKeys(const std::filesystem::path& folder, const std::vector<std::string>& types);

    [[nodiscard]] std::vector<HostKeyFacts> facts() const;
    /// A listener's settings with these keys in it: one for each worker, for a bind is not to be shared by
    /// threads.
    [[nodiscard]] BindPtr make_bind(Macs macs = Macs::etm) const;

 private:
    std::vector<KeyPtr> keys_;
};

/// The type, blob and fingerprint of a public or private key. Throws Error{Code::input}.
[[nodiscard]] HostKeyFacts facts_of(ssh_key key);

}  // namespace sallyport::ssh
