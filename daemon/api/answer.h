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
/// `{count, next, previous, results}`: `next` is the path of the page after this one, with the same question.
[[nodiscard]] std::string list_body(Json results, const std::string& next);

}  // namespace sallyport::api
