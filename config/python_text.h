// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/scalar.h"

namespace sallyport {

/// Lines as Python's str.splitlines() cuts UTF-8: also at a vertical tab, a form feed, U+0085, U+2028,
/// U+2029.
[[nodiscard]] std::vector<std::string_view> python_lines(std::string_view text);

/// Bytes of the white space at the front of a text, as Python's str.strip() counts it; 0 if there is none.
[[nodiscard]] std::size_t space_at(std::string_view text);
[[nodiscard]] std::string_view python_strip(std::string_view text);

/// Words as Python's shlex.split(comments=True) finds them: quotes and backslashes taken away, `#` ends the
/// line wherever it stands bare. Absent if a quote or a backslash is left open.
[[nodiscard]] std::optional<std::vector<std::string>> shell_words(std::string_view line);

/// What Python's ast.literal_eval makes of a text; the text itself where that refuses it, as Ansible takes
/// it.
[[nodiscard]] Scalar python_literal(const std::string& text);

}  // namespace sallyport
