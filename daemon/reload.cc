// SPDX-License-Identifier: Apache-2.0
#include "daemon/reload.h"

#include <algorithm>

#include "common/digest.h"
#include "common/error.h"
#include "common/escape.h"
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

std::set<std::string> texts_of(const Faults& faults) {
    std::set<std::string> out;
    for (const Fault& fault : faults) out.insert(to_text(fault));
    return out;
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

namespace {

constexpr std::size_t max_names = 100;  // of each kind in one event
constexpr std::size_t max_name = 255;   // bytes; a longer one cannot be typed

Json names_of(const std::vector<std::string>& hosts) {
    Json out = Json::array();
    for (std::size_t i = 0; i < std::min(hosts.size(), max_names); ++i)
        out.push_back(to_utf8(cut_utf8(hosts[i], max_name)));
    return out;
}

const Workspace* find(const Rules* rules, const std::string& name) {
    if (rules == nullptr) return nullptr;
    for (const auto& workspace : rules->workspaces)
        if (workspace->settings.name == name) return workspace.get();
    return nullptr;
}

Event workspace_loaded(const Workspace& workspace, const Workspace* before) {
    Event event("workspace.loaded");
    event.put("workspace", workspace.settings.name);
    if (!workspace.commit.empty()) event.put("workspace_commit", workspace.commit);
    event.put("inventory_sha256", workspace.inventory.sha256).put("hosts", workspace.inventory.hosts.size());
    if (before == nullptr) return event;
    const HostChanges since = changes(before->inventory, workspace.inventory);
    event.put("hosts_added", since.added.size())
        .put("hosts_removed", since.removed.size())
        .put("hosts_changed", since.changed.size());
    if (!since.added.empty()) event.put("added", names_of(since.added));
    if (!since.removed.empty()) event.put("removed", names_of(since.removed));
    if (!since.changed.empty()) event.put("changed", names_of(since.changed));
    return event;
}

}  // namespace

std::vector<Event> loaded_events(const Options& options, const Rules& rules,
                                 const std::set<std::string>& kept, const Rules* before) {
    std::vector<Event> out;
    out.emplace_back("config.loaded")
        .text("file", options.config)
        .put("sha256", sha256_hex(read_file(options.config)));
    out.emplace_back("policy.loaded").text("file", options.policy).put("sha256", rules.policy.version);
    for (const auto& workspace : rules.workspaces) {
        if (kept.contains(workspace->settings.name)) continue;
        out.push_back(workspace_loaded(*workspace, find(before, workspace->settings.name)));
        log::info("workspace loaded", {{"workspace", workspace->settings.name},
                                       {"hosts", workspace->inventory.hosts.size()},
                                       {"commit", workspace->commit}});
    }
    return out;
}

namespace {

Faults load_and_swap(const Options& options, live::RulesInForce& rules, live::Roster& roster,
                     audit::Log& log) {
    const auto before = rules.get();
    Loaded loaded = load_rules(options.config, options.policy, options.overrides, before);
    record_refused(options, loaded.faults, log);
    if (!loaded.rules) return std::move(loaded.faults);
    const auto restart = restart_needed(before->config, loaded.rules->config);
    if (!restart.empty()) {
        std::string names;
        for (const std::string& name : restart) names += (names.empty() ? "" : ", ") + name;
        const Fault fault{options.config, 0, "these settings hold only after a restart: " + names};
        record_refused(options, {fault}, log);
        return std::move(loaded.faults);
    }
    std::vector<Event> events = loaded_events(options, *loaded.rules, loaded.kept, before.get());
    rules.set(loaded.rules);
    for (Event& event : events) log.post(std::move(event));
    roster.recheck_all(loaded.rules);
    log::info("reloaded");
    return std::move(loaded.faults);
}

}  // namespace

Faults reload(const Options& options, live::RulesInForce& rules, live::Roster& roster, audit::Log& log) {
    // A file that vanishes between two looks at it, say, must not take the daemon with it.
    try {
        return load_and_swap(options, rules, roster, log);
    } catch (const std::exception& error) {
        record_refused(options, {{options.config, 0, error.what()}}, log);
        return {};
    }
}

WorkspaceWatch::WorkspaceWatch(const boost::asio::any_io_executor& executor, const Options& options,
                               live::RulesInForce& rules, audit::Log& log)
    : options_(options), rules_(rules), log_(log) {
    try {
        watch_ = std::make_unique<live::FileWatch>(
            executor, std::chrono::milliseconds(500),
            [this](const std::set<std::string>& names) { read_anew(names); });
    } catch (const Error& error) {
        log::warn("workspaces are not watched; reload by SIGHUP", {{"cause", error.what()}});
    }
    follow();
}

void WorkspaceWatch::follow(const Faults& told) {
    told_ = texts_of(told);
    follow();
}

void WorkspaceWatch::follow() {
    if (!watch_) return;
    std::map<std::string, std::set<std::string>> folders;
    for (const WorkspaceSettings& settings : rules_.get()->config.workspaces)
        folders[settings.name] = watched_folders(settings);
    watch_->follow(folders);
}

void WorkspaceWatch::read_anew(const std::set<std::string>& names) {
    try {
        read_and_swap(names);
    } catch (const std::exception& error) {
        log::error("workspaces could not be read anew", {{"cause", error.what()}});
    }
    follow();  // folders may be new
    log::debug("workspaces that changed were read", {{"count", names.size()}});
}

void WorkspaceWatch::read_and_swap(const std::set<std::string>& names) {
    const auto before = rules_.get();
    const Loaded loaded = reread(before, names);
    Faults news = loaded.faults;
    std::erase_if(news, [this](const Fault& fault) { return told_.contains(to_text(fault)); });
    record_refused(options_, news, log_);
    told_ = texts_of(loaded.faults);
    if (loaded.rules) rules_.set(loaded.rules);
    for (const auto& workspace : rules_.get()->workspaces) {
        const Workspace* old = find(before.get(), workspace->settings.name);
        if (old == workspace.get()) continue;
        const bool is_same = old != nullptr && old->commit == workspace->commit &&
                             old->inventory.sha256 == workspace->inventory.sha256 &&
                             changes(old->inventory, workspace->inventory).is_none();
        log::info("workspace read anew", {{"workspace", workspace->settings.name},
                                          {"hosts", workspace->inventory.hosts.size()},
                                          {"commit", workspace->commit}});
        if (!is_same) log_.post(workspace_loaded(*workspace, old));
    }
}

}  // namespace sallyport
