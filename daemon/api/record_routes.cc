// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"
#include "daemon/api/activity.h"
#include "daemon/api/ask.h"
#include "daemon/api/openapi.h"

namespace sallyport::api {
namespace {

using boost::asio::awaitable;

awaitable<void> me(Ask ask) {
    co_await ask.send(ask.desks.desk.me(ask.caller));
}

awaitable<void> document(Ask ask) {
    co_await ask.answer.send(200, json_type, std::string(openapi_document()));
}

awaitable<void> send_all(Ask ask, Json results) {
    const std::size_t count = results.size();
    co_await ask.send_list(std::move(results), count, true, "", "");
}

awaitable<void> hosts(Ask ask) {
    Json all = ask.desks.desk.hosts(ask.caller);
    co_await send_all(ask, std::move(all));
}

awaitable<void> operators(Ask ask) {
    Json all = ask.desks.desk.operators(ask.caller);
    co_await send_all(ask, std::move(all));
}

awaitable<void> workspaces(Ask ask) {
    Json all = ask.desks.desk.workspaces(ask.caller);
    co_await send_all(ask, std::move(all));
}

awaitable<void> send_page(Ask ask, desk::Listed<Json> listed) {
    Json results = Json::array();
    for (Json& item : listed.page.items) results.push_back(std::move(item));
    co_await ask.send_list(std::move(results), listed.count, listed.is_exact, listed.page.next,
                           listed.page.previous);
}

awaitable<void> list_of(Ask ask, std::vector<std::string> kinds) {
    auto task = ask.desks.desk.resources(ask.caller, ask.filter(std::move(kinds)), ask.cut());
    desk::Listed<Json> listed = co_await std::move(task);
    auto sending = send_page(ask, std::move(listed));
    co_await std::move(sending);
}

template <const char* const& kind>
awaitable<void> resources(Ask ask) {
    std::vector<std::string> kinds = {kind};
    auto task = list_of(ask, std::move(kinds));
    co_await std::move(task);
}

template <const char* const& kind>
awaitable<void> resource(Ask ask) {
    auto task = ask.desks.desk.resource(ask.caller, kind, ask.id);
    Json found = co_await std::move(task);
    co_await ask.send(std::move(found));
}

constexpr const char* session_kind = "ssh_session";
constexpr const char* run_kind = "action_run";
constexpr const char* sync_kind = "workspace_sync";
constexpr const char* instance_kind = "cli_instance";

awaitable<void> sessions(Ask ask) {
    const std::string status = ask.query("status");
    if (!status.empty() && status != "open" && status != "ended")
        throw Error(Code::input, "status: write open or ended");
    std::vector<std::string> kinds = {session_kind};
    auto task = list_of(ask, std::move(kinds));
    co_await std::move(task);
}

awaitable<void> activities(Ask ask) {
    std::vector<std::string> kinds = {"activity", session_kind, sync_kind};
    auto task = ask.desks.desk.resources(ask.caller, ask.filter(std::move(kinds)), ask.cut());
    desk::Listed<Json> listed = co_await std::move(task);
    for (Json& item : listed.page.items) item = as_activity(item);
    auto sending = send_page(ask, std::move(listed));
    co_await std::move(sending);
}

awaitable<void> activity(Ask ask) {
    std::optional<Json> found;
    for (const char* kind : {"activity", session_kind, sync_kind}) {
        try {
            auto task = ask.desks.desk.resource(ask.caller, kind, ask.id);
            found = co_await std::move(task);
            break;
        } catch (const Error& error) {
            if (error.code() != Code::not_found) throw;
        }
    }
    if (!found) throw Error(Code::not_found, "there is no such activity");
    co_await ask.send(as_activity(*found));
}

awaitable<void> timeline(Ask ask) {
    if (ask.query("host").empty() && ask.query("user").empty() && ask.query("workspace").empty() &&
        ask.query("run").empty())
        throw Error(Code::input, "host: say whose timeline: host, user, workspace or run");
    auto task = ask.desks.desk.timeline(ask.caller, ask.filter({}), ask.cut());
    desk::Listed<Json> listed = co_await std::move(task);
    auto sending = send_page(ask, std::move(listed));
    co_await std::move(sending);
}

awaitable<void> stream_file(Ask ask, desk::Opened opened, const char* type) {
    co_await ask.answer.begin(type);
    while (opened.left > 0) {
        auto reading = ask.desks.desk.piece(opened);
        std::string piece = co_await std::move(reading);
        co_await ask.answer.piece(std::move(piece));
    }
}

awaitable<void> recording(Ask ask) {
    auto opening = ask.desks.desk.recording(ask.caller, ask.id);
    desk::Opened opened = co_await std::move(opening);
    auto task = stream_file(ask, std::move(opened), "application/octet-stream");
    co_await std::move(task);
}

awaitable<void> run_log(Ask ask) {
    auto opening = ask.desks.desk.run_log(ask.caller, ask.id);
    desk::Opened opened = co_await std::move(opening);
    auto task = stream_file(ask, std::move(opened), "text/plain; charset=utf-8");
    co_await std::move(task);
}

awaitable<void> terminate(Ask ask) {
    const Json body = ask.body();
    if (body.contains("reason") && !body["reason"].is_string())
        throw Error(Code::input, "reason: write a text");
    co_await ask.desks.desk.terminate(ask.caller, ask.id, body.value("reason", std::string()));
    Json done = {{"success", true}};
    co_await ask.send(std::move(done), 202);
}

awaitable<void> events_of(Ask ask, store::EventFilter filter) {
    auto asking = ask.desks.desk.events(ask.caller, std::move(filter), ask.cut());
    const desk::Listed<store::Stored> listed = co_await std::move(asking);
    Json results = Json::array();
    for (const store::Stored& event : listed.page.items)
        results.push_back(Json::parse(store::export_line(event)));
    auto sending = ask.send_list(std::move(results), listed.count, listed.is_exact, listed.page.next,
                                 listed.page.previous);
    co_await std::move(sending);
}

awaitable<void> events(Ask ask) {
    const std::string run = ask.query("run");
    auto task = events_of(ask, ask.event_filter(run.empty() ? ask.query("session") : run));
    co_await std::move(task);
}

awaitable<void> events_about(Ask ask) {
    auto task = events_of(ask, ask.event_filter(ask.id));
    co_await std::move(task);
}

awaitable<void> export_events(Ask ask) {
    const std::uint64_t last = co_await ask.desks.desk.begin_export(ask.caller);
    co_await ask.answer.begin("application/jsonl");
    for (std::string cursor;;) {
        const auto page = co_await ask.desks.desk.export_page(cursor, last);
        std::string lines;
        for (const store::Stored& event : page.items) lines += store::export_line(event) + "\n";
        co_await ask.answer.piece(std::move(lines));
        if (page.next.empty()) break;
        cursor = page.next;
    }
}

/// Where a stream begins: behind the event that the reader had last, else with what comes from now on.
std::uint64_t stream_start(const Ask& ask) {
    const std::string text = ask.request.last_event_id;
    if (text.empty()) return ask.desks.desk.last_seq();
    std::uint64_t seq = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || text.size() > 16)
            throw Error(Code::input, "Last-Event-ID: this is none of ours");
        seq = seq * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return seq;
}

constexpr std::chrono::seconds sign_of_life(15);

/// Server-sent events (HTML §9.2): one for each event, its number as id, its line as data.
awaitable<void> stream(Ask ask) {
    std::uint64_t seq = stream_start(ask);
    bool is_begun = false;
    for (;;) {
        auto waiting =
            ask.desks.desk.next_events(ask.caller, seq, is_begun ? sign_of_life : std::chrono::seconds(0));
        const std::vector<store::Stored> events = co_await std::move(waiting);
        if (!is_begun) co_await ask.answer.begin("text/event-stream");
        std::string text = events.empty() ? ":\n\n" : "";
        for (const store::Stored& event : events) {
            seq = event.seq;
            text += "id: " + std::to_string(seq) + "\nevent: " + event.type +
                    "\ndata: " + store::export_line(event) + "\n\n";
        }
        is_begun = true;
        co_await ask.answer.piece(std::move(text));
    }
}

constexpr std::string_view of_sessions =
    " host user workspace run from to status q last cursor page page_size ";
constexpr std::string_view of_instances = " user from to q last cursor page page_size ";
constexpr std::string_view of_timeline = " host user workspace run from to q last cursor page page_size ";
constexpr std::string_view of_events = " type session run from to q last cursor page page_size ";
constexpr std::string_view of_its_events = " type from to q last cursor page page_size ";

}  // namespace

const std::vector<Route>& record_routes() {
    static const std::vector<Route> table = {
        {"GET", "/api/v1/me", me, ""},
        {"GET", "/api/v1/openapi.json", document, ""},
        {"GET", "/api/v1/hosts", hosts, ""},
        {"GET", "/api/v1/operators", operators, ""},
        {"GET", "/api/v1/workspaces", workspaces, ""},
        {"GET", "/api/v1/timeline", timeline, of_timeline},
        {"GET", "/api/v1/ssh-sessions", sessions, of_sessions},
        {"GET", "/api/v1/ssh-sessions/*", resource<session_kind>, ""},
        {"GET", "/api/v1/ssh-sessions/*/recording", recording, ""},
        {"GET", "/api/v1/ssh-sessions/*/events", events_about, of_its_events},
        {"POST", "/api/v1/ssh-sessions/*/terminate", terminate, ""},
        {"GET", "/api/v1/action-runs", resources<run_kind>, of_sessions},
        {"GET", "/api/v1/action-runs/*", resource<run_kind>, ""},
        {"GET", "/api/v1/action-runs/*/events", events_about, of_its_events},
        {"GET", "/api/v1/action-runs/*/log", run_log, ""},
        {"GET", "/api/v1/workspace-syncs", resources<sync_kind>, of_sessions},
        {"GET", "/api/v1/workspace-syncs/*", resource<sync_kind>, ""},
        {"GET", "/api/v1/cli-instances", resources<instance_kind>, of_instances},
        {"GET", "/api/v1/cli-instances/*", resource<instance_kind>, ""},
        {"GET", "/api/v1/activities", activities, of_sessions},
        {"GET", "/api/v1/activities/*", activity, ""},
        {"GET", "/api/v1/events", events, of_events},
        {"GET", "/api/v1/events/export", export_events, ""},
        {"GET", "/api/v1/events/stream", stream, ""},
    };
    return table;
}

}  // namespace sallyport::api
