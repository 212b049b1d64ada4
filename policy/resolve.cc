// SPDX-License-Identifier: Apache-2.0
#include "policy/resolve.h"

namespace sallyport {
namespace {

Target target_of(const std::shared_ptr<const Workspace>& workspace, const Host& host) {
    return {workspace, host.name, host.ansible_host, host.port, host.user, host.groups, host.unusable};
}

const Host* find_by_name(const Workspace& workspace, const std::string& name) {
    const auto alias = workspace.settings.aliases.find(name);
    const auto& hosts = workspace.inventory.hosts;
    const auto found = hosts.find(alias != workspace.settings.aliases.end() ? alias->second : name);
    return found != hosts.end() ? &found->second : nullptr;
}

/// A jump goes to the port of SSH or to the host's own: clients know no other, or were told it.
bool is_at(const Host& host, const Address& address) {
    return !address.port || *address.port == ssh_port || *address.port == host.port;
}

}  // namespace

std::vector<Target> resolve(const Rules& rules, const Address& address) {
    std::vector<Target> named;
    std::vector<Target> placed;
    for (const auto& workspace : rules.workspaces) {
        if (!address.workspace.empty() && workspace->settings.name != address.workspace) continue;
        if (const Host* host = find_by_name(*workspace, address.host))
            if (is_at(*host, address)) named.push_back(target_of(workspace, *host));
        if (!address.port || !named.empty()) continue;
        for (const auto& [name, host] : workspace->inventory.hosts)
            if (host.ansible_host == address.host && is_at(host, address))
                placed.push_back(target_of(workspace, host));
    }
    return named.empty() ? placed : named;
}

std::vector<std::string> aliases_of(const Workspace& workspace, const std::string& host) {
    std::vector<std::string> out;
    for (const auto& [typed, name] : workspace.settings.aliases)
        if (name == host) out.push_back(typed);
    return out;
}

std::vector<HostName> other_names(const Rules& rules, const std::string& name) {
    constexpr std::size_t most = 100;  // a question to the store stays small
    std::vector<HostName> out;
    const auto add = [&](const std::string& workspace, const std::string& other) {
        if (other != name && out.size() < most) out.push_back({workspace, other});
    };
    for (const auto& workspace : rules.workspaces) {
        const auto alias = workspace->settings.aliases.find(name);
        const std::string& own = alias != workspace->settings.aliases.end() ? alias->second : name;
        add(workspace->settings.name, own);
        for (const std::string& former : aliases_of(*workspace, own)) add(workspace->settings.name, former);
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
