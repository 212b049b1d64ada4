// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/event.h"

namespace sallyport::cli {

/// Prints rows in columns, the first as their head; every cell is escaped.
void print_table(const std::vector<std::vector<std::string>>& rows);
/// A member as text, through objects by `a.b`; empty if it is absent.
[[nodiscard]] std::string cell(const Json& object, const std::string& path);
/// Prints one JSON value on a line of its own.
void print_json(const Json& value);

}  // namespace sallyport::cli
