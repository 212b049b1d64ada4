// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>

#include "common/secret.h"
#include "config/daemon_config.h"
#include "config/inventory.h"
#include "config/known_hosts.h"

namespace sallyport {

/// A workspace as it was at one load: its hosts, the keys they are known by, the key that opens them.
struct Workspace {
    WorkspaceSettings settings;
    Inventory inventory;
    KnownHosts known_hosts;
    Secret key;          // a private key in PEM or OpenSSH form
    std::string commit;  // empty if it is in no repository
    Faults notes;        // what could not be read, and keeps nothing from working

    [[nodiscard]] bool may_pin() const { return settings.host_keys == HostKeyMode::pin_on_first_use; }
};

/// Reads a workspace from its folder. Null, with its faults, if the inventory or the key is not usable.
[[nodiscard]] std::shared_ptr<const Workspace> load_workspace(const WorkspaceSettings& settings,
                                                              Faults& faults);

/// The folders in which something that a load reads may change: of the inventory, its variables, the keys,
/// the commit. Those that are not there are left out; at most 4096.
[[nodiscard]] std::set<std::string> watched_folders(const WorkspaceSettings& settings);

}  // namespace sallyport
