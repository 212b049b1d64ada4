// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// With padding (RFC 4648 §4).
[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Strict, with padding; absent if it is not base64.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace sallyport
