// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sallyport {

/// Puts `text` under the name `file`, with mode 0600 and in place of what was there: whole or not at all, and
/// on disk together with its name when this returns. Throws Error{Code::io}.
void write_private(const std::string& file, std::string_view text);

}  // namespace sallyport
