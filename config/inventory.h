// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/fault.h"

namespace sallyport {

/// A host of an inventory, with its connection variables resolved in Ansible's order.
struct Host {
    std::string name;          // as in the inventory
    std::string ansible_host;  // where it is; its name if nothing else is said
    std::uint16_t port = 22;
    std::string user;              // ansible_user; empty if nothing is said
    std::set<std::string> groups;  // all that it is in, parents included, without `all`
    std::string unusable;          // why it cannot be reached by SSH, with file and line; empty if it can

    bool operator==(const Host&) const = default;
};

/// An Ansible inventory, read but never evaluated.
struct Inventory {
    std::map<std::string, Host> hosts;
    std::set<std::string> groups;
    std::string sha256;  // of the file, lower-case hex
};

/// What became of the hosts from one load to the next, in order of their names.
struct HostChanges {
    std::vector<std::string> added;
    std::vector<std::string> removed;
    std::vector<std::string> changed;  // reached in another way, or in other groups

    [[nodiscard]] bool is_none() const { return added.empty() && removed.empty() && changed.empty(); }
};
[[nodiscard]] HostChanges changes(const Inventory& before, const Inventory& after);

struct VariableFiles;

/// Reads an inventory as Ansible does, in YAML, INI, or the JSON of `ansible-inventory --list`: which it is,
/// its name and its text decide. `files` say what `group_vars/` and `host_vars/` hold.
[[nodiscard]] Inventory parse_inventory(const std::string& text, const std::string& file, Faults& faults,
                                        const VariableFiles& files);
[[nodiscard]] Inventory parse_inventory(const std::string& text, const std::string& file, Faults& faults);

}  // namespace sallyport
