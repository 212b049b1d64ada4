// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sallyport {

/// Whether a forward may name this socket: an absolute path of at most 107 bytes (sun_path of unix(7)),
/// without
/// `.`, `..` or empty parts, which would be other words for the same place, and without control characters.
[[nodiscard]] bool is_socket_path(const std::string& path);

}  // namespace sallyport
