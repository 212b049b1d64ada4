// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/store/sqlite.h"
#include "daemon/store/store.h"

namespace sallyport::store {

// The lists of a store, on a connection for reading that nobody else uses meanwhile; their law is Store's.

[[nodiscard]] Page<Json> list(const Database& db, const Filter& filter, const Cut& cut);
[[nodiscard]] Page<Stored> list(const Database& db, const EventFilter& filter, const Cut& cut);
[[nodiscard]] std::size_t count(const Database& db, const Filter& filter);
[[nodiscard]] std::size_t count(const Database& db, const EventFilter& filter);

}  // namespace sallyport::store
