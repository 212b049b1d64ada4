// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/api/http.h"
#include "daemon/desk/desk.h"

namespace sallyport::api {

/// Answers `/api/v1/…` for one caller; thin: everything asks the desk, which outlives the handler.
[[nodiscard]] Handler routes_for(desk::Desk& desk, desk::Caller caller);

}  // namespace sallyport::api
