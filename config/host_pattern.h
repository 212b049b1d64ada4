// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sallyport {

/// A name as it stands in an inventory, `NAME`, `NAME:PORT` or `[ADDRESS]:PORT`, ranges among it; the port
/// is empty if none is said. What Ansible's parse_address does not understand is a name as a whole.
struct HostPattern {
    std::string name;
    std::string port;
};
[[nodiscard]] HostPattern split_port(const std::string& pattern);

/// The hosts of a pattern, with the port of all of them. Absent if a range is malformed or too long.
struct PatternHosts {
    std::vector<std::string> names;
    std::string port;
};
[[nodiscard]] std::optional<PatternHosts> expand_pattern(const std::string& pattern);

}  // namespace sallyport
