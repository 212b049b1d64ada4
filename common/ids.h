// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sallyport {

/// A fresh UUIDv7 (RFC 9562 §5.7) in lower-case text, 36 characters; later ones sort after earlier ones in
/// one process.
[[nodiscard]] std::string new_id();

/// True for the text form of a UUID; the only ids that may become a file name.
[[nodiscard]] bool is_id(std::string_view text);

}  // namespace sallyport
