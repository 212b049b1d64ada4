// SPDX-License-Identifier: Apache-2.0
#include "daemon/reload.h"

#include "common/digest.h"
#include "common/error.h"
#include "daemon/runtime/log.h"

namespace sallyport {
namespace {

std::string kind_of(const Fault& fault, const Options& options) {
    if (fault.file == options.config) return "config";
    return fault.file == options.policy ? "policy" : "workspace";
}

void record_refused(const Options& options, const Faults& faults, audit::Log& log) {
    for (const Fault& fault : faults) {
        log::error("not loaded, the last good state stays", {{"fault", to_text(fault)}});
        Event event("config.refused");
        event.put("what", kind_of(fault, options)).text("file", fault.file);
        if (fault.line > 0) event.put("line", fault.line);
        event.text("cause", fault.text);
        log.post(std::move(event));
    }
}

}  // namespace

DaemonConfig load_config(const Options& options) {
    Faults faults;
    DaemonConfig config = parse_daemon_config(read_file(options.config), options.config, faults);
    if (!faults.empty()) throw Error(Code::config, to_text(faults));
    apply(options.overrides, config);
    return config;
}

std::shared_ptr<const Rules> load_first(const Options& options) {
    Loaded loaded = load_rules(options.config, options.policy, options.overrides, nullptr);
    if (!loaded.rules || !loaded.faults.empty()) throw Error(Code::config, to_text(loaded.faults));
    return loaded.rules;
}

std::vector<Event> loaded_events(const Options& options, const Rules& rules,
                                 const std::set<std::string>& kept) {
    std::vector<Event> out;
    out.emplace_back("config.loaded")
        .text("file", options.config)
        .put("sha256", sha256_hex(read_file(options.config)));
    out.emplace_back("policy.loaded").text("file", options.policy).put("sha256", rules.policy.version);
    for (const auto& workspace : rules.workspaces) {
        if (kept.contains(workspace->settings.name)) continue;
        Event& event = out.emplace_back("workspace.loaded");
        event.put("workspace", workspace->settings.name);
        if (!workspace->commit.empty()) event.put("workspace_commit", workspace->commit);
        event.put("inventory_sha256", workspace->inventory.sha256)
            .put("hosts", workspace->inventory.hosts.size());
        log::info("workspace loaded", {{"workspace", workspace->settings.name},
                                       {"hosts", workspace->inventory.hosts.size()},
                                       {"commit", workspace->commit}});
    }
    return out;
}

namespace {

void load_and_swap(const Options& options, live::RulesInForce& rules, live::Roster& roster, audit::Log& log) {
    const auto before = rules.get();
    Loaded loaded = load_rules(options.config, options.policy, options.overrides, before);
    record_refused(options, loaded.faults, log);
    if (!loaded.rules) return;
    const auto restart = restart_needed(before->config, loaded.rules->config);
    if (!restart.empty()) {
        std::string names;
        for (const std::string& name : restart) names += (names.empty() ? "" : ", ") + name;
        const Fault fault{options.config, 0, "these settings hold only after a restart: " + names};
        return record_refused(options, {fault}, log);
    }
    std::vector<Event> events = loaded_events(options, *loaded.rules, loaded.kept);
    rules.set(loaded.rules);
    for (Event& event : events) log.post(std::move(event));
    roster.recheck_all(loaded.rules);
    log::info("reloaded");
}

}  // namespace

void reload(const Options& options, live::RulesInForce& rules, live::Roster& roster, audit::Log& log) {
    // A file that vanishes between two looks at it, say, must not take the daemon with it.
    try {
        load_and_swap(options, rules, roster, log);
    } catch (const std::exception& error) {
        record_refused(options, {{options.config, 0, error.what()}}, log);
    }
}

}  // namespace sallyport
