// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

[[nodiscard]] WallTime wall_now();

/// RFC 3339 in UTC with six decimals: `2026-03-24T10:12:03.000001Z`.
[[nodiscard]] std::string to_rfc3339(WallTime time);

/// Reads RFC 3339 with `Z` or an offset, with 0 to 9 decimals (cut to microseconds); absent if it is none.
[[nodiscard]] std::optional<WallTime> from_rfc3339(std::string_view text);

/// Whole seconds between two points of the monotonic clock; never negative.
[[nodiscard]] std::chrono::seconds whole_seconds(SteadyTime from, SteadyTime to);

}  // namespace sallyport
