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

/// Every host of every workspace.
[[nodiscard]] std::vector<Target> all_targets(const Rules& rules);

}  // namespace sallyport
