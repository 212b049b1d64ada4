// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/inventory_tree.h"
#include "config/yaml.h"

namespace sallyport {

/// Reads groups with `hosts`, `vars` and `children` into the tree; what Ansible only warns of is a fault.
void read_yaml_inventory(const Yaml& root, InventoryTree& tree);

/// Reads what `ansible-inventory --list` writes: groups with lists, variables of hosts in `_meta`.
void read_list_inventory(const Yaml& root, InventoryTree& tree);

/// Reads sections `[group]`, `[group:vars]` and `[group:children]`; ends at the first fault, as Ansible does.
void read_ini_inventory(const std::string& text, InventoryTree& tree);

}  // namespace sallyport
