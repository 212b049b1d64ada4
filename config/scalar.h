// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "config/yaml.h"

namespace sallyport {

/// A single value as Python holds it; `text` is what its str() writes.
struct Scalar {
    enum class Kind {
        text,
        number,   // whole or not
        truth,    // True or False
        other,    // a date, bytes, a complex number
        none,     // null, ~, None
        many,     // a list, a map, a set
        vault,    // encrypted
        unknown,  // what it is cannot be told here
    };
    Kind kind = Kind::none;
    std::string text;
};

/// A value of a YAML file, by the rules of YAML 1.1 as PyYAML applies them: `yes` is True, `022` is 18,
/// `22:22` is 1342, `1.10` is 1.1, `~` is none; what is quoted is text.
[[nodiscard]] Scalar yaml_scalar(const Yaml& value);

/// A number with a fraction as Python's repr() writes it: the shortest text that gives it back.
[[nodiscard]] std::string python_real(double value);

/// Digits in base 2, 8, 10 or 16, `_` among them, as a whole number; `unknown` where it is over 64 bits in
/// another base than 10, or no number at all.
[[nodiscard]] Scalar whole_number(std::string_view sign, std::string_view digits, int base);

}  // namespace sallyport
