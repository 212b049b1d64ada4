// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/recovery.h"

#include <algorithm>

#include "common/clock.h"

namespace sallyport::audit {
namespace {

/// Whole seconds between two times as events have them; never negative, for clocks jump.
std::int64_t seconds_between(const std::string& from, const std::string& to) {
    const auto begin = from_rfc3339(from);
    const auto end = from_rfc3339(to);
    if (!begin || !end) return 0;
    return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(*end - *begin).count());
}

/// Nothing that is on record happened after the crash: the heartbeat, or what was written after it.
std::string last_alive(const store::Store& store, const Json& session) {
    std::string last = std::max(store.last_beat(), session["started_at"].get<std::string>());
    for (const Json& channel : session["channels"])
        last = std::max(
            {last, channel["started_at"].get<std::string>(), channel.value("ended_at", std::string())});
    return last;
}

void end_session(const store::Store& store, const Json& session, const FindRecording& find_recording,
                 std::vector<Event>& out) {
    const std::string id = session["id"];
    const std::string last = last_alive(store, session);
    for (const Json& channel : session["channels"]) {
        if (channel.contains("ended_at")) continue;
        const bool is_forward = channel["kind"] == "forward";
        Event& event = out.emplace_back(is_forward ? "forward.close" : "channel.end");
        event.put("session_id", id).put("channel_id", channel["id"]);
        event.put("duration_seconds", seconds_between(channel["started_at"], last));
    }
    Event& event = out.emplace_back("ssh_session.end");
    event.put("session_id", id).put("end_reason", "crash").put("last_heartbeat", last);
    event.put("duration_seconds", seconds_between(session["started_at"], last));
    if (const auto facts = find_recording(id))
        event.put("recording", Json{{"size", facts->size}, {"sha256", facts->sha256}});
}

}  // namespace

std::vector<Event> missing_ends(const store::Store& store, const FindRecording& find_recording) {
    std::vector<Event> out;
    store::Filter open;
    open.kinds = {"ssh_session"};
    open.status = "open";
    for (store::Cut cut{"", store::max_page};;) {
        const auto page = store.list(open, cut);
        for (const Json& session : page.items) end_session(store, session, find_recording, out);
        if (page.next.empty()) break;
        cut.cursor = page.next;
    }
    for (const Json& connection : store.open_connections()) {
        const std::string opened = connection["opened_at"];
        Event& event = out.emplace_back("connection.close");
        event.put("connection_id", connection["id"]).put("user", connection["user"]);
        event.put("duration_seconds", seconds_between(opened, std::max(opened, store.last_beat())));
        event.put("reason", "crash");
    }
    return out;
}

}  // namespace sallyport::audit
