// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "daemon/store/store.h"

namespace sallyport::store {

/// Derives everything anew from the lines in the store `file`, into tables that need no memory, and hands
/// over every row that differs, all of one moment.
void compare_with_events(const std::string& file, const std::function<void(const Difference&)>& differs);

}  // namespace sallyport::store
