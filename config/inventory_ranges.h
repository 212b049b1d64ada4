// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sallyport {

/// The names that a pattern such as `web[01:03].example.net` or `db-[a:c]` stands for, also with a step
/// `[1:9:2]`; the name itself if it holds no range. Absent if a range is malformed or the names are more than
/// 65536.
[[nodiscard]] std::optional<std::vector<std::string>> expand_ranges(const std::string& pattern);

}  // namespace sallyport
