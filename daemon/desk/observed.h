// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "config/inventory.h"
#include "daemon/store/store.h"

namespace sallyport::desk {

/// The hosts that sessions of a run reached, as the bastion saw it, by name and by where it is; the first
/// 1,000 or so.
struct Observed {
    std::set<std::string> names;
    std::set<std::pair<std::string, std::uint16_t>> places;
};
[[nodiscard]] Observed observed_by(const store::Store& store, const std::string& run_id);

/// Hosts of the inventory, or of the run's own, that the client says it reached and no session of the run
/// did.
[[nodiscard]] Json bypassed_hosts(const Json& run, const Observed& observed, const Inventory& inventory);

}  // namespace sallyport::desk
