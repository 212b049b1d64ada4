// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"
#include "common/event.h"

namespace sallyport::cli {

/// Prints rows in columns, the first as their head; every cell is escaped.
void print_table(const std::vector<std::vector<std::string>>& rows);
/// A member as text, through objects by `a.b`; empty if it is absent.
[[nodiscard]] std::string cell(const Json& object, const std::string& path);
/// A time of the record as a person reads it: in the zone of this machine with its offset, or in UTC if --utc
/// asks for it; anything else as it is.
[[nodiscard]] std::string shown_time(const Common& common, const std::string& time);
/// Prints one JSON value on a line of its own.
void print_json(const Json& value);

}  // namespace sallyport::cli
