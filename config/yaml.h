// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/fault.h"

namespace sallyport {

struct YamlMember;

/// A YAML value with the line it stands on. Keys are scalars and never occur twice in a map.
struct Yaml {
    enum class Kind { null, scalar, list, map };
    Kind kind = Kind::null;
    std::string text;        // of a scalar
    bool is_quoted = false;  // a quoted scalar is a string, whatever it looks like
    std::string tag;         // an explicit tag such as `!vault`
    int line = 0;
    std::vector<Yaml> items;
    std::vector<YamlMember> members;

    /// The value of a key of a map, or null.
    [[nodiscard]] const Yaml* find(std::string_view key) const;
};

struct YamlMember {
    Yaml key;
    Yaml value;
};

/// Reads one document. Bounds: 16 MiB, depth 64, a million nodes with aliases counted out. A fault on any
/// breach of them, of YAML's grammar, or on a duplicate key; the value is then null.
[[nodiscard]] Yaml parse_yaml(const std::string& text, const std::string& file, Faults& faults);

}  // namespace sallyport
