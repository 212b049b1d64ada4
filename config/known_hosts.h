// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sallyport {

/// A host key as it is known: its type and its blob in base64.
struct HostKey {
    std::string type;
    std::string base64;
};

/// The lines of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain, hashed and `[host]:port`
/// names, wildcards with negation, several types, `@revoked`. `@cert-authority` lines and what cannot be read
/// are passed over, but a `@revoked` line that cannot be read is an Error{Code::config}.
class KnownHosts {
 public:
    KnownHosts() = default;
    explicit KnownHosts(const std::string& text);

    struct Found {
        std::vector<HostKey> keys;
        std::vector<HostKey> revoked;
    };
    /// What is known of a host at a port; `[host]:port` unless the port is 22.
    [[nodiscard]] Found lookup(const std::string& host, std::uint16_t port) const;

 private:
    struct Line {
        std::string names;
        HostKey key;
        bool is_revoked = false;
    };
    std::vector<Line> lines_;
};

}  // namespace sallyport
