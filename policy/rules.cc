// SPDX-License-Identifier: Apache-2.0
#include "policy/rules.h"

#include <algorithm>

#include "common/error.h"

namespace sallyport {
namespace {

template <typename Parse>
auto parse_file(const std::string& file, Faults& faults, Parse parse) -> decltype(parse("", file, faults)) {
    try {
        return parse(read_file(file), file, faults);
    } catch (const Error& error) {
        faults.push_back({file, 0, error.what()});
        return {};
    }
}

std::shared_ptr<const Workspace> last_good(const std::shared_ptr<const Rules>& previous,
                                           const WorkspaceSettings& settings) {
    if (!previous) return nullptr;
    for (const auto& workspace : previous->workspaces)
        if (workspace->settings.name == settings.name) {
            // Its files are the last good ones; how its hosts may be reached is said by the config of now.
            return std::make_shared<Workspace>(
                Workspace{settings, workspace->inventory, workspace->known_hosts,
                          Secret(workspace->key.reveal()), workspace->commit, workspace->notes});
        }
    return nullptr;
}

}  // namespace

void apply(const Overrides& overrides, DaemonConfig& config) {
    const auto put = [](const std::string& from, std::string& to) {
        if (!from.empty()) to = from;
    };
    put(overrides.state, config.state);
    put(overrides.keys, config.keys);
    put(overrides.anchors, config.anchors);
    put(overrides.http, config.http);
    if (!overrides.listen.empty()) config.listen = overrides.listen;
}

Loaded load_rules(const std::string& config_file, const std::string& policy_file, const Overrides& overrides,
                  const std::shared_ptr<const Rules>& previous) {
    Loaded out;
    const auto rules = std::make_shared<Rules>();
    rules->config = parse_file(config_file, out.faults, parse_daemon_config);
    rules->policy = parse_file(policy_file, out.faults, parse_policy);
    if (!out.faults.empty()) return out;
    apply(overrides, rules->config);
    for (const WorkspaceSettings& settings : rules->config.workspaces) {
        auto workspace = load_workspace(settings, out.faults);
        if (!workspace && (workspace = last_good(previous, settings))) out.kept.insert(settings.name);
        if (workspace) rules->workspaces.push_back(std::move(workspace));
    }
    out.rules = rules;
    return out;
}

Loaded reread(const std::shared_ptr<const Rules>& rules, const std::set<std::string>& names) {
    Loaded out;
    const auto fresh = std::make_shared<Rules>(Rules{rules->config, rules->policy, {}});
    std::size_t read = 0;
    for (const WorkspaceSettings& settings : rules->config.workspaces) {
        const auto old = std::find_if(rules->workspaces.begin(), rules->workspaces.end(),
                                      [&](const auto& w) { return w->settings.name == settings.name; });
        std::shared_ptr<const Workspace> workspace;
        if (names.count(settings.name) != 0) workspace = load_workspace(settings, out.faults);
        if (workspace) ++read;
        if (!workspace) out.kept.insert(settings.name);
        if (!workspace && old != rules->workspaces.end()) workspace = *old;
        if (workspace) fresh->workspaces.push_back(std::move(workspace));
    }
    if (read > 0) out.rules = fresh;
    return out;
}

const Operator* find_operator(const Rules& rules, const std::string& key_blob) {
    const auto name = rules.policy.operator_by_key.find(key_blob);
    if (name == rules.policy.operator_by_key.end()) return nullptr;
    return &rules.policy.operators.at(name->second);
}

const Operator* find_operator(const Rules& rules, const LentKey& lent) {
    const auto found = rules.policy.operators.find(lent.facts().operator_name);
    if (found == rules.policy.operators.end() || !lent.holds()) return nullptr;
    for (const PublicKey& key : found->second.keys)
        if (key.fingerprint == lent.facts().lender) return &found->second;
    return nullptr;
}

}  // namespace sallyport
