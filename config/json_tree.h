// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "config/yaml.h"

namespace sallyport {

/// Reads one JSON text with the lines its values stand on, by the bounds of parse_yaml; duplicate keys are a
/// fault. Absent, without a fault, where it is no JSON.
[[nodiscard]] std::optional<Yaml> parse_json_tree(const std::string& text, const std::string& file,
                                                  Faults& faults);

/// A file as Ansible reads it: by JSON if it is that, else by YAML.
[[nodiscard]] Yaml parse_json_or_yaml(const std::string& text, const std::string& file, Faults& faults);

}  // namespace sallyport
