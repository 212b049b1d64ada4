// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace sallyport {

/// SHA-256 over bytes that come in pieces.
class Sha256 {
 public:
    Sha256();
    Sha256(const Sha256& other);
    Sha256(Sha256&&) noexcept = default;
    Sha256& operator=(Sha256&&) noexcept = default;
    ~Sha256();

    void update(std::string_view bytes);
    /// Lower-case hex of all so far; ends the computation, so copy it first to go on.
    [[nodiscard]] std::string hex();
    /// The same as 32 bytes.
    [[nodiscard]] std::string bytes();

 private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// A whole file's size and digest; absent if it cannot be read.
struct FileDigest {
    std::uint64_t size = 0;
    std::string sha256;
};
[[nodiscard]] std::optional<FileDigest> digest_of_file(const std::string& file);

[[nodiscard]] std::string sha256_hex(std::string_view bytes);
/// HMAC-SHA-256 (RFC 2104) in lower-case hex.
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);
[[nodiscard]] std::string to_hex(std::string_view bytes);
/// `count` bytes that nobody can guess. Throws Error{Code::internal} if there are none.
[[nodiscard]] std::string random_bytes(std::size_t count);

}  // namespace sallyport
