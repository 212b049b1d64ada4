// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/chain.h"
#include "daemon/store/store.h"

namespace sallyport::store {

/// Verifies a whole store: the chain against its anchors, every row against its line, every projection
/// derived anew, every recording and log in the folder of the state against the event that names its digest.
[[nodiscard]] Report verify_store(const Store& store, const std::vector<Anchor>& anchors,
                                  const std::string& state);

/// The same without the files.
[[nodiscard]] Report verify_rows(const Store& store, const std::vector<Anchor>& anchors);

}  // namespace sallyport::store
