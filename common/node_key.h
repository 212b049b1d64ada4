// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace sallyport {

/// The node's Ed25519 key, which signs checkpoints. Its private half is never shown.
class NodeKey {
 public:
    /// Throws Error{Code::internal} if the system cannot make one.
    [[nodiscard]] static NodeKey generate();
    /// Reads a PEM file (PKCS #8). Throws Error{Code::config} naming the file.
    [[nodiscard]] static NodeKey load(const std::string& file);
    /// Writes it as PEM, 0600, where no file may be yet. Throws Error{Code::io}.
    void save(const std::string& file) const;

    /// `ssh-ed25519 BASE64`, as in an allowed_signers file.
    [[nodiscard]] std::string public_line() const;
    /// A signature in SSHSIG form (OpenSSH's PROTOCOL.sshsig; sha512), armoured.
    [[nodiscard]] std::string sign(std::string_view message, std::string_view name_space) const;

 private:
    struct Free {
        void operator()(evp_pkey_st* key) const noexcept;
    };
    using Handle = std::unique_ptr<evp_pkey_st, Free>;
    explicit NodeKey(Handle key) : key_(std::move(key)) {}
    Handle key_;
};

/// True if `signature` (armoured SSHSIG) is one of `message` in `name_space` by the key of `public_line`.
[[nodiscard]] bool verify_signature(const std::string& public_line, std::string_view message,
                                    std::string_view name_space, std::string_view signature);

}  // namespace sallyport
