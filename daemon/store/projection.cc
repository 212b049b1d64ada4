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
    out["channels"] = Json::array();
    return out;
}

Json begin_channel(const Json& event) {
    Json out = {{"id", event.at("channel_id")}, {"kind", event.at("kind")}};
    copy(event, out, {"command", "subsystem"});
    out["started_at"] = event.at("time");
    return out;
}

bool end_channel(Json& session, const Json& event) {
    for (Json& channel : session["channels"]) {
        if (channel.at("id") != event.at("channel_id")) continue;
        channel["ended_at"] = event.at("time");
        copy(event, channel, {"exit_code", "exit_signal", "bytes_in", "bytes_out"});
        return true;
    }
    return false;
}

}  // namespace

std::string export_line(const Stored& event) {
    if (!event.line.empty()) return event.line;
    return R"({"erased":")" + event.hash + R"(","seq":)" + std::to_string(event.seq) + "}";
}

std::string session_of(const Json& event) {
    return event.value("session_id", std::string());
}

std::optional<Json> project_session(const std::optional<Json>& before, const Json& event) {
    const std::string type = event.at("type");
    if (type == "ssh_session.start") return begin_session(event);
    if (!before) return std::nullopt;
    Json after = *before;
    if (type == "channel.start") {
        after["channels"].push_back(begin_channel(event));
    } else if (type == "channel.end") {
        if (!end_channel(after, event)) return std::nullopt;
    } else if (type == "ssh_session.end") {
        after["ended_at"] = event.at("time");
        copy(event, after,
             {"duration_seconds", "exit_code", "exit_signal", "end_reason", "bytes_in", "bytes_out",
              "recording"});
    } else {
        return std::nullopt;
    }
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
