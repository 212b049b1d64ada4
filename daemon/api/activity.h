// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/event.h"

namespace sallyport::api {

/// A resource in the form that lists of activities have elsewhere: `observed` says whether the bastion saw it
/// itself, or a client only said so.
[[nodiscard]] Json as_activity(const Json& resource);

}  // namespace sallyport::api
