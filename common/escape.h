// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sallyport {

/// Outside bytes in a form that a log or a terminal can show: printable UTF-8 as it is, everything else
/// (control bytes, escape sequences, C1, invalid UTF-8, marks that turn the direction of text) as `\xHH` or
/// `\u{HHHH}`.
[[nodiscard]] std::string escaped(std::string_view bytes);

/// The same bytes as UTF-8: what is not valid becomes U+FFFD. `is_valid` tells whether nothing had to be
/// replaced.
[[nodiscard]] std::string to_utf8(std::string_view bytes, bool* is_valid = nullptr);

/// The longest prefix of at most `bound` bytes that does not cut a character.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t bound);

}  // namespace sallyport
