// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "common/event.h"

namespace sallyport {

/// Whether a text must keep the law of the chain (no floats, no null, integers within ±(2^53−1)), or is plain
/// JSON.
enum class JsonLaw { chain, plain };

/// Reads one JSON text strictly: UTF-8, no duplicate keys, depth ≤ 8, ≤ 1 MiB, nothing behind it.
/// Throws Error{Code::input} with what is wrong and where.
[[nodiscard]] Json parse_json(std::string_view text, JsonLaw law);

}  // namespace sallyport
