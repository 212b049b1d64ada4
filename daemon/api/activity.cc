// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/activity.h"

#include <algorithm>

namespace sallyport::api {
namespace {

void copy(const Json& from, Json& to, const char* name, const char* as) {
    if (from.contains(name)) to[as] = from[name];
}

/// How a session or a sync went, in the words of activities.
const char* status_of(const Json& resource) {
    if (resource["type"] == "workspace_sync")
        return resource.value("result", std::string()) == "success" ? "success" : "failed";
    if (!resource.contains("ended_at")) return "running";
    return resource.value("exit_code", 1) == 0 ? "success" : "failed";
}

}  // namespace

Json as_activity(const Json& resource) {
    if (resource["type"] == "activity") {
        Json out = resource;
        out["observed"] = false;
        return out;
    }
    const bool is_sync = resource["type"] == "workspace_sync";
    Json out = {
        {"type", "activity"}, {"id", resource["id"]}, {"kind", is_sync ? "workspace-sync" : "ssh-session"}};
    const Json host = resource.value("host", Json::object());
    out["name"] = is_sync ? Json("sync") : host.value("inventory_name", Json(""));
    for (const char* name : {"workspace", "user", "started_at", "ended_at", "duration_seconds", "exit_code"})
        copy(resource, out, name, name);
    copy(resource, out, "timestamp", "started_at");
    copy(host, out, "ansible_host", "hostname");
    copy(resource, out, "login", "ssh_user");
    out["status"] = status_of(resource);
    out["observed"] = !is_sync;
    return out;
}

}  // namespace sallyport::api
