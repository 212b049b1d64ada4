// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/api/ask.h"

namespace sallyport::api {

/// Answers `/api/v1/…` for one caller; thin: everything asks the desks, which outlive the handler.
[[nodiscard]] Handler routes_for(const Desks& desks, desk::Caller caller);

}  // namespace sallyport::api
