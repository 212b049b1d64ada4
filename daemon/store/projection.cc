// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/projection.h"

#include <algorithm>

#include "daemon/store/store.h"

namespace sallyport::store {
namespace {

using Names = std::initializer_list<const char*>;
constexpr std::size_t max_workspaces = 100;  // of one instance
constexpr std::size_t max_hosts = 1000;      // of one run

void copy(const Json& from, Json& to, Names names) {
    for (const char* name : names)
        if (from.contains(name)) to[name] = from[name];
}

/// All that an event says of its subject, without what makes it a line of the chain.
void copy_all(const Json& from, Json& to, const char* id) {
    constexpr std::string_view of_the_line[] = {"v", "node", "seq", "prev", "time", "type", "salt"};
    for (const auto& [name, value] : from.items())
        if (name != id &&
            std::find(std::begin(of_the_line), std::end(of_the_line), name) == std::end(of_the_line))
            to[name] = value;
}

std::optional<Json> ssh_session(const std::optional<Json>& before, const Json& event) {
    if (type_of(event) == "ssh_session.start") {
        Json out = {{"type", "ssh_session"}, {"id", event.at("session_id")}};
        copy(event, out,
             {"connection_id", "workspace", "user", "cli_instance_id", "run_id", "host", "login", "client",
              "workspace_commit", "workspace_dirty", "inventory_sha256", "policy_version"});
        out["started_at"] = event.at("time");
        return out;
    }
    if (type_of(event) != "ssh_session.end" || !before) return std::nullopt;
    Json after = *before;
    after["ended_at"] = event.at("time");
    copy(
        event, after,
        {"duration_seconds", "exit_code", "exit_signal", "end_reason", "bytes_in", "bytes_out", "recording"});
    return after;
}

/// A run or an activity: what its start says, then what its end says.
std::optional<Json> begun_and_ended(const char* kind, const char* id, const std::optional<Json>& before,
                                    const Json& event) {
    const bool is_start = type_of(event).ends_with(".start");
    const bool is_end = type_of(event).ends_with(".end");
    if (!is_start && (!is_end || !before)) return std::nullopt;
    Json after = is_start ? Json{{"type", kind}, {"id", event.at(id)}} : *before;
    copy_all(event, after, id);
    if (is_start) after["status"] = "running";
    if (is_start) after["started_at"] = event.at("time");
    if (is_end) after["ended_at"] = event.at("time");
    return after;
}

/// What tasks came to, counted by host: `results` {HOST: {ok, changed, failed, error, unreachable, skipped}}.
void count_results(const Json& event, Json& run) {
    Json& counts = run["results"];
    if (counts.is_null()) counts = Json::object();
    for (const Json& result : event.at("results")) {
        const std::string host = result.at("host");
        if (!counts.contains(host) && counts.size() >= max_hosts) continue;
        Json& count = counts[host][result.at("status").get<std::string>()];
        count = count.is_null() ? 1 : count.get<int>() + 1;
    }
}

std::optional<Json> action_run(const std::optional<Json>& before, const Json& event) {
    const bool is_log = type_of(event) == "action_run.log";
    if (!is_log && type_of(event) != "action_run.results")
        return begun_and_ended("action_run", "run_id", before, event);
    if (!before) return std::nullopt;
    Json after = *before;
    if (is_log) {
        after["log"] = Json::object();
        copy(event, after["log"], {"size", "sha256", "cut"});
    } else {
        count_results(event, after);
    }
    return after;
}

std::optional<Json> activity(const std::optional<Json>& before, const Json& event) {
    return begun_and_ended("activity", "activity_id", before, event);
}

std::optional<Json> workspace_sync(const std::optional<Json>&, const Json& event) {
    Json out = {{"type", "workspace_sync"}, {"id", event.at("sync_id")}};
    copy_all(event, out, "sync_id");
    out["timestamp"] = event.at("time");
    return out;
}

std::optional<Json> cli_instance(const std::optional<Json>& before, const Json& event) {
    Json after = before.value_or(Json{{"type", "cli_instance"}, {"id", event.at("cli_instance_id")}});
    copy(event, after, {"user", "cli_version", "os", "arch", "hostname", "host_id"});
    Json& workspaces = after["workspaces"];
    if (workspaces.is_null()) workspaces = Json::array();
    const Json workspace = event.value("workspace", "");
    const bool is_new =
        workspace != "" && std::find(workspaces.begin(), workspaces.end(), workspace) == workspaces.end();
    if (is_new && workspaces.size() < max_workspaces) workspaces.push_back(workspace);
    if (!before) after["first_seen"] = event.at("time");
    after["last_seen"] = event.at("time");
    return after;
}

std::optional<Json> access_denied(const std::optional<Json>&, const Json& event) {
    Json out = {{"type", "access_denied"}, {"id", subject_of(event)->id}};
    copy_all(event, out, "");
    out["timestamp"] = event.at("time");
    return out;
}

struct Kind {
    std::string_view events;  // how their types begin
    const char* name;
    const char* id;  // the member that names it; empty: the event stands for itself
    std::optional<Json> (*project)(const std::optional<Json>&, const Json&);
};

constexpr Kind kinds[] = {
    {"ssh_session.", "ssh_session", "session_id", ssh_session},
    {"action_run.", "action_run", "run_id", action_run},
    {"workspace_sync", "workspace_sync", "sync_id", workspace_sync},
    {"cli_instance.", "cli_instance", "cli_instance_id", cli_instance},
    {"activity.", "activity", "activity_id", activity},
    {"access.denied", "access_denied", "", access_denied},
};

const Kind* kind_of(const Json& event) {
    for (const Kind& kind : kinds)
        if (type_of(event).starts_with(kind.events)) return &kind;
    return nullptr;
}

void add_name(const Json& object, const char* name, std::vector<std::string>& out) {
    if (object.contains(name)) out.push_back(object[name].get<std::string>());
}

std::vector<std::string> names_of(const Json& resource) {
    std::vector<std::string> out;
    const Json& host = resource.contains("host") ? resource["host"] : Json();
    if (host.is_string()) out.push_back(host.get<std::string>());
    if (host.is_object())
        for (const char* name : {"inventory_name", "ansible_host", "hostname_reported"})
            add_name(host, name, out);
    if (resource["type"] == "activity") add_name(resource, "hostname", out);
    for (const char* list : {"inventory_hosts", "affected_hosts", "hosts_observed"})
        for (const Json& name : resource.value(list, Json::array())) out.push_back(name.get<std::string>());
    return out;
}

}  // namespace

bool is_channel_start(const std::string& type) {
    return type == "channel.start" || type == "forward.open";
}

std::string export_line(const Stored& event) {
    if (!event.line.empty()) return event.line;
    return R"({"erased":")" + event.hash + R"(","seq":)" + std::to_string(event.seq) + "}";
}

const std::string& type_of(const Json& event) {
    return event.at("type").get_ref<const std::string&>();
}

std::string session_of(const Json& event) {
    return event.value("session_id", std::string());
}

std::string about_of(const Json& event) {
    for (const char* name : {"session_id", "run_id", "sync_id", "activity_id", "key_id", "cli_instance_id"})
        if (event.contains(name)) return event[name].get<std::string>();
    return {};
}

std::optional<Subject> subject_of(const Json& event) {
    const Kind* kind = kind_of(event);
    if (kind == nullptr) return std::nullopt;
    if (kind->id[0] == '\0') return Subject{kind->name, "event-" + event.at("seq").dump()};
    return Subject{kind->name, event.at(kind->id).get<std::string>()};
}

std::optional<Json> project(const std::optional<Json>& before, const Json& event) {
    const Kind* kind = kind_of(event);
    return kind == nullptr ? std::nullopt : kind->project(before, event);
}

Columns columns_of(const Json& resource) {
    Columns out;
    const auto text = [&](const char* name) { return resource.value(name, std::string()); };
    out.user = text("user");
    out.workspace = text("workspace");
    out.run_id = text("run_id");
    for (const char* name : {"started_at", "first_seen", "timestamp"})
        if (out.began.empty()) out.began = text(name);
    for (const char* name : {"ended_at", "last_seen", "timestamp"})
        if (out.ended.empty()) out.ended = text(name);
    out.status = text(resource["type"] == "workspace_sync" ? "result" : "status");
    if (resource["type"] == "ssh_session") out.status = out.ended.empty() ? "open" : "ended";
    if (resource["type"] == "action_run") out.run_id = text("parent_run_id");
    out.names = names_of(resource);
    return out;
}

std::optional<Json> project_channel(const std::optional<Json>& before, const Json& event) {
    const std::string type = event.at("type");
    if (is_channel_start(type)) {
        const bool is_forward = type == "forward.open";
        Json out = {{"id", event.at("channel_id")},
                    {"kind", is_forward ? Json("forward") : event.at("kind")}};
        copy(event, out, {"command", "subsystem", "destination"});
        out["started_at"] = event.at("time");
        return out;
    }
    if ((type != "channel.end" && type != "forward.close") || !before) return std::nullopt;
    Json after = *before;
    after["ended_at"] = event.at("time");
    copy(event, after, {"exit_code", "exit_signal", "bytes_in", "bytes_out"});
    return after;
}

std::optional<Json> project_connection(const std::optional<Json>& before, const Json& event) {
    const std::string type = event.at("type");
    if (type == "connection.open") {
        Json out = {{"id", event.at("connection_id")}};
        copy(event, out, {"user", "client"});
        out["opened_at"] = event.at("time");
        return out;
    }
    if (type != "connection.close" || !before) return std::nullopt;
    Json after = *before;
    after["closed_at"] = event.at("time");
    return after;
}

}  // namespace sallyport::store
