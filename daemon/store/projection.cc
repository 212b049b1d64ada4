// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/projection.h"

#include "daemon/store/store.h"

namespace sallyport::store {
namespace {

void copy(const Json& from, Json& to, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (from.contains(name)) to[name] = from[name];
}

Json begin_session(const Json& event) {
    Json out = {{"type", "ssh_session"}, {"id", event.at("session_id")}};
    copy(event, out,
         {"connection_id", "workspace", "user", "cli_instance_id", "run_id", "host", "login", "client",
          "workspace_commit", "workspace_dirty", "inventory_sha256", "policy_version"});
    out["started_at"] = event.at("time");
    return out;
}

Json begin_channel(const Json& event) {
    const bool is_forward = type_of(event) == "forward.open";
    Json out = {{"id", event.at("channel_id")}, {"kind", is_forward ? Json("forward") : event.at("kind")}};
    copy(event, out, {"command", "subsystem", "destination"});
    out["started_at"] = event.at("time");
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

std::optional<Json> project_session(const std::optional<Json>& before, const Json& event) {
    const std::string type = event.at("type");
    if (type == "ssh_session.start") return begin_session(event);
    if (type != "ssh_session.end" || !before) return std::nullopt;
    Json after = *before;
    after["ended_at"] = event.at("time");
    copy(
        event, after,
        {"duration_seconds", "exit_code", "exit_signal", "end_reason", "bytes_in", "bytes_out", "recording"});
    return after;
}

std::optional<Json> project_channel(const std::optional<Json>& before, const Json& event) {
    const std::string type = event.at("type");
    if (is_channel_start(type)) return begin_channel(event);
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
