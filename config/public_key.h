// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// A public key as OpenSSH writes it in one line.
struct PublicKey {
    std::string type;    // ssh-ed25519, ssh-rsa, …
    std::string base64;  // the blob (RFC 4253 §6.6) in base64
    std::string blob;
    std::string fingerprint;  // SHA256:…
    std::string comment;
};

/// Reads `TYPE BASE64 [COMMENT]`: ed25519, ecdsa, rsa of at least 2048 bits, and their security-key forms.
/// Absent with the reason in `why` if it is none, or a certificate.
[[nodiscard]] std::optional<PublicKey> parse_public_key(std::string_view line, std::string& why);

}  // namespace sallyport
