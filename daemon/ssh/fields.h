// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::ssh {

/// Makes the fields of a message that libssh does not make itself (RFC 4251 §5).
class FieldWriter {
 public:
    FieldWriter& number(std::uint32_t value);
    FieldWriter& text(std::string_view value);
    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
    std::string bytes_;
};

/// Reads such fields, in order; what is not there is absent, and so is all after it.
class FieldReader {
 public:
    /// `bytes` outlive this.
    explicit FieldReader(std::string_view bytes) : rest_(bytes) {}
    [[nodiscard]] std::optional<std::uint32_t> number();
    [[nodiscard]] std::optional<std::string> text();
    /// Nothing is left over.
    [[nodiscard]] bool is_done() const noexcept { return rest_.empty() && !is_short_; }

 private:
    std::string_view rest_;
    bool is_short_ = false;
};

/// The path of a direct-streamlocal@openssh.com open (OpenSSH's PROTOCOL §2.4): 1 to 4096 bytes without NUL,
/// else absent.
[[nodiscard]] std::optional<std::string> read_socket_path(std::string_view fields);

}  // namespace sallyport::ssh
