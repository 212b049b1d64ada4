// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/error.h"
#include "common/event.h"

namespace sallyport::api {

/// The status that a refusal or failure has over HTTP.
[[nodiscard]] int status_of(Code code);
/// `{type, errors: [{code, detail, attr}]}`.
[[nodiscard]] std::string error_body(const Error& error);
/// `{count, next, previous, results}`, with `count_exact: false` where there are more than are counted.
/// `next` and `previous` are paths with the same question; an empty one is none.
[[nodiscard]] std::string list_body(Json results, std::size_t count, bool is_exact, const std::string& next,
                                    const std::string& previous);

}  // namespace sallyport::api
