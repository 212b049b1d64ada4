// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "policy/address.h"
#include "policy/rules.h"

namespace sallyport {

/// A host of an inventory as it was when somebody asked for it.
struct Target {
    std::shared_ptr<const Workspace> workspace;
    std::string name;          // in the inventory
    std::string ansible_host;  // where it is
    std::uint16_t port = 22;
    std::string user;  // ansible_user; empty if nothing is said
    std::set<std::string> groups;
    std::string unusable;  // why it cannot be reached by SSH; empty if it can
};

constexpr std::uint16_t ssh_port = 22;

/// Every host that an address may mean: by inventory name or alias, in the workspace named or in all. Behind
/// `ssh -J` also by where it is, if nothing bears the name.
[[nodiscard]] std::vector<Target> resolve(const Rules& rules, const Address& address);

/// A name that a host goes by, or went by, in one workspace.
struct HostName {
    std::string workspace;
    std::string name;
};

/// The other names under which a host that somebody names may be on record: for a former name the inventory's
/// own, and all that its `aliases` say. At most 100.
[[nodiscard]] std::vector<HostName> other_names(const Rules& rules, const std::string& name);

/// The aliases of a target, in order.
[[nodiscard]] std::vector<std::string> aliases_of(const Workspace& workspace, const std::string& host);

/// Every host of every workspace.
[[nodiscard]] std::vector<Target> all_targets(const Rules& rules);

}  // namespace sallyport
