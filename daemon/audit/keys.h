// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/node_key.h"
#include "daemon/store/store.h"

namespace sallyport::audit {

/// The node key that belongs to a store, by the law of the start: both are new, or both are there, and the
/// store's head is not behind the anchor file. Makes the key if both are new. Throws Error{Code::config} with
/// what to do.
[[nodiscard]] NodeKey key_for(const store::Store& store, const std::string& node,
                              const std::string& keys_folder, const std::string& anchors_file);

/// Gives a first key its lasting name; to be called once the chain that names it is on disk.
void settle_key(const std::string& keys_folder);

}  // namespace sallyport::audit
