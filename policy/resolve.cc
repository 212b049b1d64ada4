// SPDX-License-Identifier: Apache-2.0
#include "policy/resolve.h"

namespace sallyport {
namespace {

Target target_of(const std::shared_ptr<const Workspace>& workspace, const Host& host) {
    return {workspace, host.name, host.ansible_host, host.port, host.user, host.groups, host.unusable};
}

}  // namespace

std::vector<Target> resolve(const Rules& rules, const Address& address) {
    std::vector<Target> out;
    for (const auto& workspace : rules.workspaces) {
        if (!address.workspace.empty() && workspace->settings.name != address.workspace) continue;
        const auto alias = workspace->settings.aliases.find(address.host);
        const bool is_alias = alias != workspace->settings.aliases.end();
        const auto host = workspace->inventory.hosts.find(is_alias ? alias->second : address.host);
        if (host != workspace->inventory.hosts.end()) out.push_back(target_of(workspace, host->second));
    }
    return out;
}

std::vector<Target> all_targets(const Rules& rules) {
    std::vector<Target> out;
    for (const auto& workspace : rules.workspaces)
        for (const auto& [name, host] : workspace->inventory.hosts) out.push_back(target_of(workspace, host));
    return out;
}

}  // namespace sallyport
