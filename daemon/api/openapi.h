// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace sallyport::api {

/// docs/openapi.json, as it was when this was built.
[[nodiscard]] std::string_view openapi_document();

}  // namespace sallyport::api
