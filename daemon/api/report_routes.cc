// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"
#include "daemon/api/ask.h"

namespace sallyport::api {
namespace {

using boost::asio::awaitable;

std::string url_of(const char* list, const std::string& id) {
    return "/api/v1/" + std::string(list) + "/" + id + "/";
}

/// The answer that existing clients wait for: what goes on for the same block.
Json conflict_with(const live::LiveRun& run) {
    const Json one = {{"code", "conflict"},
                      {"detail", "this block of the workspace is running already; force cancels it"},
                      {"attr", nullptr}};
    Json out = {{"type", "client_error"}, {"errors", Json::array({one})}};
    out["conflict"] = {{"action_run_id", run.id},
                       {"action", run.action},
                       {"status", "running"},
                       {"started_at", run.started_at}};
    return out;
}

Json run_answer(const std::string& id, const std::string& status) {
    return {{"success", true},
            {"action_run_id", id},
            {"status", status},
            {"action_run_url", url_of("action-runs", id)}};
}

awaitable<void> start_run(Ask ask) {
    auto task = ask.desks.runs.start(ask.caller, ask.body());
    const auto begun = co_await std::move(task);
    const auto* other = std::get_if<live::LiveRun>(&begun);
    Json answer =
        other != nullptr ? conflict_with(*other) : run_answer(std::get<std::string>(begun), "running");
    co_await ask.send(std::move(answer), other != nullptr ? 409 : 201);
}

awaitable<void> finish_run(Ask ask) {
    auto task = ask.desks.runs.finish(ask.caller, ask.id, ask.body());
    const std::string status = co_await std::move(task);
    Json answer = run_answer(ask.id, status);
    co_await ask.send(std::move(answer));
}

awaitable<void> whole_run(Ask ask) {
    auto task = ask.desks.runs.whole(ask.caller, ask.body());
    const std::string id = co_await std::move(task);
    auto asking = ask.desks.desk.resource(ask.caller, "action_run", id);
    const Json run = co_await std::move(asking);
    Json answer = run_answer(id, run.at("status"));
    co_await ask.send(std::move(answer), 201);
}

awaitable<void> beat(Ask ask) {
    auto task = ask.desks.runs.beat(ask.caller, ask.id, ask.body());
    const std::string status = co_await std::move(task);
    Json answer = run_answer(ask.id, status);
    co_await ask.send(std::move(answer));
}

awaitable<void> results(Ask ask) {
    auto task = ask.desks.runs.results(ask.caller, ask.id, ask.body());
    co_await std::move(task);
    Json answer = {{"success", true}};
    co_await ask.send(std::move(answer), 201);
}

awaitable<void> lend_session_key(Ask ask) {
    ask.desks.runs.lend_session_key(ask.caller, ask.body());
    Json answer = {{"success", true}};
    co_await ask.send(std::move(answer), 201);
}

awaitable<void> attach_log(Ask ask) {
    auto task = ask.desks.runs.attach_log(ask.caller, ask.id, ask.request.body);
    co_await std::move(task);
    Json answer = {{"success", true}, {"log_url", url_of("action-runs", ask.id) + "log/"}};
    co_await ask.send(std::move(answer), 201);
}

awaitable<void> cancel_run(Ask ask) {
    const Json body = ask.body();
    if (body.contains("reason") && !body["reason"].is_string())
        throw Error(Code::input, "reason: write a text");
    auto task = ask.desks.runs.cancel(ask.caller, ask.id, body.value("reason", std::string()));
    co_await std::move(task);
    Json answer = run_answer(ask.id, "cancelled");
    co_await ask.send(std::move(answer), 202);
}

awaitable<void> sync(Ask ask) {
    auto task = ask.desks.reports.sync(ask.caller, ask.body());
    const std::string id = co_await std::move(task);
    Json answer = {
        {"success", true}, {"workspace_sync_id", id}, {"workspace_sync_url", url_of("workspace-syncs", id)}};
    co_await ask.send(std::move(answer), 201);
}

awaitable<void> instance(Ask ask) {
    auto task = ask.desks.reports.instance(ask.caller, ask.body());
    co_await std::move(task);
    Json answer = {{"success", true}};
    co_await ask.send(std::move(answer), 201);
}

Json activity_answer(const std::string& id) {
    return {{"success", true}, {"activity_id", id}, {"activity_url", url_of("activities", id)}};
}

awaitable<void> start_activity(Ask ask) {
    auto task = ask.desks.reports.start_activity(ask.caller, ask.body());
    const std::string id = co_await std::move(task);
    Json answer = activity_answer(id);
    co_await ask.send(std::move(answer), 201);
}

awaitable<void> finish_activity(Ask ask) {
    auto task = ask.desks.reports.finish_activity(ask.caller, ask.id, ask.body());
    co_await std::move(task);
    Json answer = activity_answer(ask.id);
    co_await ask.send(std::move(answer));
}

}  // namespace

const std::vector<Route>& report_routes() {
    static const std::vector<Route> table = {
        {"POST", "/api/v1/cli/action-runs", whole_run, ""},
        {"POST", "/api/v1/cli/action-runs/start", start_run, ""},
        {"POST", "/api/v1/cli/action-runs/*/finish", finish_run, ""},
        {"POST", "/api/v1/cli/action-runs/*/heartbeat", beat, ""},
        {"POST", "/api/v1/cli/action-runs/*/results", results, ""},
        {"POST", "/api/v1/cli/action-runs/*/log", attach_log, ""},
        {"POST", "/api/v1/action-runs/*/cancel", cancel_run, ""},
        {"POST", "/api/v1/cli/workspace-syncs", sync, ""},
        {"POST", "/api/v1/cli/instances", instance, ""},
        {"POST", "/api/v1/cli/session-keys", lend_session_key, ""},
        {"POST", "/api/v1/cli/activities", start_activity, ""},
        {"PATCH", "/api/v1/cli/activities/*", finish_activity, ""},
    };
    return table;
}

}  // namespace sallyport::api
