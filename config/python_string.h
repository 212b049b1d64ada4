// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "config/scalar.h"

namespace sallyport {

/// A string literal of Python: how long it is, with its prefix and quotes, and whether it is of bytes.
struct PythonString {
    std::size_t size = 0;
    bool is_bytes = false;
};

/// Whether letters, or none, and a quote stand at the front.
[[nodiscard]] bool begins_python_string(std::string_view text);

/// Reads the literal at the front and appends what it stands for; `out` becomes unknown where that is no
/// ASCII but spelt in numbers. Absent if there is none that ast.literal_eval takes.
[[nodiscard]] std::optional<PythonString> python_string_at(std::string_view text, Scalar& out);

}  // namespace sallyport
