// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/run_reports.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "common/digest.h"
#include "common/error.h"
#include "common/escape.h"
#include "common/ids.h"
#include "common/private_file.h"
#include "daemon/desk/fields.h"
#include "daemon/desk/observed.h"
#include "daemon/desk/reporting.h"
#include "daemon/runtime/log.h"

namespace sallyport::desk {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using Kind = Fields::Kind;
constexpr std::size_t max_runs = 100;         // of one operator that go on at once
constexpr std::size_t max_head = 256 * 1024;  // of a log; with its end 1 MiB
constexpr std::size_t max_tail = 768 * 1024;
constexpr std::size_t max_results = 1000;
constexpr auto look_every = 10s;
constexpr auto run_key_time = 150s;     // a heartbeat of 30 s renews it; a lost run's ends soon after
constexpr auto session_key_time = 12h;  // rechecked as long as its session lives
constexpr auto session_login_time = 60s;
constexpr std::size_t max_key_line = 1024;

void put_toolchain(const Fields& fields, Event& event) {
    fields.put_object(event, "toolchain",
                      {{"kind", Kind::text},
                       {"image", Kind::text},
                       {"digest", Kind::text},
                       {"ansible_version", Kind::text}});
}

Event end_event(const std::string& id, const char* status) {
    Event event("action_run.end");
    event.put("run_id", id).put("status", status);
    return event;
}

/// What a client says of a run's end.
Event said_end(const Fields& fields, const std::string& id) {
    const bool is_cancelled = fields.text("status") == "cancelled";
    if (!is_cancelled && fields.has("status"))
        throw Error(Code::input, "status: write cancelled, or leave it out");
    const auto code = fields.number("exit_code");
    if (!code && !is_cancelled) throw Error(Code::input, "exit_code: this field is required.");
    Event event = end_event(id, is_cancelled ? "cancelled" : *code == 0 ? "success" : "failed");
    fields.put_number(event, "exit_code");
    fields.put_texts(event, {"end_reason"});
    fields.put_time(event, "finished_at", "claimed_ended_at");
    fields.put_number(event, "duration_seconds", "claimed_duration_seconds");
    fields.put_list(event, "affected_hosts");
    put_toolchain(fields, event);
    fields.put_as_text(event, "metadata", "claimed_metadata");
    return event;
}

std::string output_of(const Fields& fields) {
    constexpr std::size_t most = 2 * (max_head + max_tail);
    std::string out = fields.text("stdout", most);
    const std::string errors = fields.text("stderr", most);
    if (!out.empty() && !errors.empty() && !out.ends_with('\n')) out += '\n';
    return out + errors;
}

Json read_results(const Json& body) {
    constexpr std::string_view statuses[] = {"ok", "changed", "failed", "error", "unreachable", "skipped"};
    const Json list = body.value("results", Json());
    if (!list.is_array() || list.empty() || list.size() > max_results)
        throw Error(Code::input, "results: write a list of 1 to 1000");
    Json out = Json::array();
    for (const Json& result : list) {
        if (!result.is_object()) throw Error(Code::input, "results: write objects {host, task, status}");
        const Fields fields(result);
        const std::string status = fields.need("status");
        if (std::find(std::begin(statuses), std::end(statuses), status) == std::end(statuses))
            throw Error(Code::input, "status: write ok, changed, failed, error, unreachable or skipped");
        Json& one = out.emplace_back(Json{{"host", to_utf8(fields.need("host"))}, {"status", status}});
        if (fields.has("task")) one["task"] = to_utf8(cut_utf8(fields.text("task", 4096), 255));
        if (fields.has("hostname")) one["hostname"] = to_utf8(fields.text("hostname"));
    }
    return out;
}

live::LiveRun live_run(const Json& run) {
    live::LiveRun out{run.at("id"),
                      run.value("user", ""),
                      run.value("workspace", ""),
                      run.value("block", ""),
                      run.value("action", ""),
                      run.at("started_at"),
                      run.value("heartbeat", false)};
    const auto began = from_rfc3339(out.started_at);
    const auto age = began ? std::max(wall_now() - *began, std::chrono::microseconds(0)) : 0us;
    out.began = std::chrono::steady_clock::now() - age;
    return out;
}

/// The hosts of a run's workspace as they are now; none if it is gone.
std::set<std::string> hosts_of(const Rules& rules, const Json& run) {
    std::set<std::string> out;
    for (const auto& workspace : rules.workspaces)
        if (workspace->settings.name == run.value("workspace", ""))
            for (const auto& [name, host] : workspace->inventory.hosts) out.insert(name);
    return out;
}

/// What is no host of the inventory has no name of its own to keep: there is no end of such.
void keep_hostnames_of(const std::set<std::string>& hosts, Json& results) {
    for (Json& result : results)
        if (!hosts.contains(result.at("host").get<std::string>())) result.erase("hostname");
}

}  // namespace

RunReports::RunReports(Parts parts) : parts_(std::move(parts)) {
    for (auto& [workspace, host, reported] : parts_.store.hostnames())
        parts_.hostnames.put(workspace, host, reported);
    store::Filter running;
    running.kinds = {"action_run"};
    running.status = "running";
    for (store::Cut cut{"", store::max_page};;) {
        const auto page = parts_.store.list(running, cut);
        for (const Json& run : page.items) parts_.runs.put_back(live_run(run));
        if (page.next.empty()) break;
        cut.cursor = page.next;
    }
}

Event RunReports::start_event(const Caller& caller, const Fields& fields, const std::string& id) const {
    const auto rules = parts_.rules.get();
    require_reporting(*rules, parts_.log, caller);
    (void)fields.need("organization");
    const auto workspace = workspace_for(*rules, caller, fields.need("workspace"));
    if (!fields.has("workflow")) (void)fields.need("block");
    if (!fields.has("workflow") || fields.has("block")) (void)fields.need("action");
    Event event("action_run.start");
    event.put("run_id", id);
    put_who(event, caller);
    fields.put_texts(event, {"organization", "workspace", "block", "block_version", "block_digest", "action",
                             "workflow", "step", "parent_run_id", "cli_instance_id", "cli_version"});
    if (!workspace->commit.empty()) event.put("workspace_commit", workspace->commit);
    event.put("inventory_sha256", workspace->inventory.sha256);
    fields.put_text(event, "workspace_commit", "claimed_workspace_commit");
    fields.put_flag(event, "workspace_dirty", "claimed_workspace_dirty");
    fields.put_time(event, "started_at", "claimed_started_at");
    fields.put_flag(event, "heartbeat");
    fields.put_flag(event, "late");
    fields.put_list(event, "inventory_hosts");
    put_toolchain(fields, event);
    fields.put_as_text(event, "block_labels", "claimed_block_labels");
    return event;  // block_config is not kept: it may hold secrets
}

awaitable<std::variant<std::string, live::LiveRun>> RunReports::start(const Caller& caller, Json body) {
    const Fields fields(body);
    const std::string id = new_id();
    Event event = start_event(caller, fields, id);
    if (fields.has("public_key")) (void)key_to_lend(fields);  // refused before the run is on record
    if (parts_.runs.count_of(caller.name()) >= max_runs)
        throw Error(Code::limit, "too many of your runs go on; finish one and try again");
    const live::LiveRun run{id,
                            caller.name(),
                            fields.text("workspace"),
                            fields.text("block"),
                            fields.text("action"),
                            to_rfc3339(wall_now()),
                            fields.flag("heartbeat"),
                            std::chrono::steady_clock::now()};
    auto in_the_way = parts_.runs.enter(run);
    if (in_the_way && !fields.flag("force")) co_return *in_the_way;
    if (in_the_way) {
        auto cancelling = cancel(caller, in_the_way->id, "superseded");
        co_await std::move(cancelling);
        if ((in_the_way = parts_.runs.enter(run))) co_return *in_the_way;  // another was quicker
    }
    auto committing = failure_to_commit(parts_.log, std::move(event));
    if (const auto failure = co_await std::move(committing)) {
        (void)parts_.runs.leave(id);
        throw *failure;
    }
    if (fields.has("public_key")) lend_to_run(caller, fields, run.workspace, id);
    co_return id;
}

awaitable<void> RunReports::end(std::string id, Event end) {
    const auto run = parts_.runs.find(id);
    if (!run || !parts_.runs.leave(id)) throw Error(Code::conflict, "this run has ended already");
    std::optional<Error> failure;
    try {
        std::function<void()> work = [&] {
            if (const auto known = parts_.store.resource("action_run", id)) put_observed(end, *known);
        };
        auto looking = parts_.pool.run(std::move(work));
        co_await std::move(looking);
    } catch (const Error& error) {
        failure = error;
    }
    Event bypassed("action_run.bypassed");
    bypassed.put("run_id", id).put("user", run->user);
    const bool is_bypassed = end.members().contains("bypassed");
    if (is_bypassed) bypassed.put("hosts", end.members().at("bypassed_hosts"));
    end.put("duration_seconds", whole_seconds(run->began, std::chrono::steady_clock::now()).count());
    if (!failure) {
        auto committing = failure_to_commit(parts_.log, std::move(end));
        failure = co_await std::move(committing);
    }
    if (failure) {
        parts_.runs.put_back(*run);  // it goes on until its end can be kept
        throw *failure;
    }
    if (is_bypassed) parts_.log.post(std::move(bypassed));
    parts_.keys.revoke(id);
    parts_.roster.recheck_all(parts_.rules.get());  // what it left running ends with it
}

void RunReports::put_observed(Event& end, const Json& run) const {
    const Observed observed = observed_by(parts_.store, run.at("id"));
    end.put("hosts_observed", Json(observed.names));
    static const Inventory none;
    const auto rules = parts_.rules.get();
    const Inventory* inventory = &none;
    for (const auto& workspace : rules->workspaces)
        if (workspace->settings.name == run.value("workspace", "")) inventory = &workspace->inventory;
    Json bypassed = bypassed_hosts(run, observed, *inventory);
    if (!bypassed.empty()) end.put("bypassed", true).put("bypassed_hosts", std::move(bypassed));
}

awaitable<std::string> RunReports::finish(const Caller& caller, std::string id, Json body) {
    auto finding = own_resource(parts_.store, parts_.pool, caller, "action_run", id);
    (void)co_await std::move(finding);
    const Fields fields(body);
    Event over = said_end(fields, id);
    std::string status = over.members().at("status");
    std::string output = output_of(fields);
    if (!parts_.runs.find(id)) throw Error(Code::conflict, "this run has ended already");
    if (!output.empty()) {
        auto keeping = keep_log(id, std::move(output));
        co_await std::move(keeping);
    }
    auto ending = end(id, std::move(over));
    co_await std::move(ending);
    co_return status;
}

awaitable<std::string> RunReports::whole(const Caller& caller, Json body) {
    const Fields fields(body);
    const std::string id = new_id();
    Event start = start_event(caller, fields, id);
    Event over = said_end(fields, id);
    std::string output = output_of(fields);
    start.put("late", true);
    auto starting = parts_.log.commit(std::move(start));
    (void)co_await std::move(starting);
    if (!output.empty()) {
        auto keeping = keep_log(id, std::move(output));
        co_await std::move(keeping);
    }
    auto ending = parts_.log.commit(std::move(over));
    (void)co_await std::move(ending);
    co_return id;
}

awaitable<std::string> RunReports::beat(const Caller& caller, std::string id, Json body) {
    auto finding = own_resource(parts_.store, parts_.pool, caller, "action_run", id);
    const Json run = co_await std::move(finding);
    if (!parts_.runs.beat(id)) co_return run.value("status", std::string("lost"));
    const Fields fields(body);
    if (fields.has("public_key")) lend_to_run(caller, fields, run.at("workspace"), id);
    co_return "running";
}

PublicKey RunReports::key_to_lend(const Fields& fields) const {
    std::string why;
    auto key = parse_public_key(fields.text("public_key", max_key_line), why);
    if (!key) throw Error(Code::input, "public_key: " + why);
    if (key->type != "ssh-ed25519") throw Error(Code::input, "public_key: a key that is lent is ssh-ed25519");
    if (find_operator(*parts_.rules.get(), key->blob) != nullptr)
        throw Error(Code::input, "public_key: this is an operator's own key; lend one made for this alone");
    return std::move(*key);
}

void RunReports::lend_to_run(const Caller& caller, const Fields& fields, const std::string& workspace,
                             const std::string& run_id) {
    const PublicKey key = key_to_lend(fields);
    parts_.keys.lend({key.blob, key.fingerprint, caller.name(), caller.who().key_fingerprint(),
                      caller.who().source(), workspace, run_id, fields.text("cli_instance_id")},
                     run_key_time, run_key_time);
    if (!parts_.runs.find(run_id)) parts_.keys.revoke(run_id);  // it ended meanwhile
}

void RunReports::lend_session_key(const Caller& caller, const Json& body) {
    require_reporting(*parts_.rules.get(), parts_.log, caller);
    const Fields fields(body);
    const PublicKey key = key_to_lend(fields);
    parts_.keys.lend({key.blob, key.fingerprint, caller.name(), caller.who().key_fingerprint(),
                      caller.who().source(), "", "", fields.need("cli_instance_id")},
                     session_key_time, session_login_time);
}

awaitable<void> RunReports::results(const Caller& caller, std::string id, Json body) {
    auto finding = own_resource(parts_.store, parts_.pool, caller, "action_run", id);
    const Json run = co_await std::move(finding);
    if (!parts_.runs.find(id)) throw Error(Code::conflict, "this run has ended already");
    require_reporting(*parts_.rules.get(), parts_.log, caller);
    Json results = read_results(body);
    keep_hostnames_of(hosts_of(*parts_.rules.get(), run), results);
    Event event("action_run.results");
    event.put("run_id", id).put("results", results);
    auto committing = parts_.log.commit(std::move(event));
    (void)co_await std::move(committing);
    for (const Json& result : results)
        if (result.contains("hostname"))
            parts_.hostnames.put(run.at("workspace"), result.at("host"), result.at("hostname"));
    (void)parts_.runs.beat(id);
}

awaitable<void> RunReports::attach_log(const Caller& caller, std::string id, std::string text) {
    auto finding = own_resource(parts_.store, parts_.pool, caller, "action_run", id);
    const Json run = co_await std::move(finding);
    if (run.contains("log")) throw Error(Code::conflict, "this run has its log already");
    auto keeping = keep_log(id, std::move(text));
    co_await std::move(keeping);
}

awaitable<void> RunReports::keep_log(std::string id, std::string text) {
    if (!parts_.log.is_healthy())
        throw Error(Code::record, "the store fails or has too little space; see /healthz");
    std::size_t cut = 0;
    if (text.size() > max_head + max_tail) {
        cut = text.size() - max_head - max_tail;
        text = text.substr(0, max_head) + "\n[" + std::to_string(cut) + " bytes are left out here]\n" +
               text.substr(text.size() - max_tail);
    }
    const std::string file = (parts_.logs / (id + ".log")).string();  // the id is ours, out of the store
    // Once for all: a second one, at the same time even, would leave a file that is not the one on record.
    std::function<void()> work = [&] {
        const std::lock_guard lock(logs_mutex_);
        if (std::filesystem::exists(file))
            throw Error(Code::conflict, "this run has its log already; leave it out");
        write_private(file, text);
    };
    auto writing = parts_.pool.run(std::move(work));
    co_await std::move(writing);
    Event event("action_run.log");
    event.put("run_id", id).put("size", text.size()).put("sha256", sha256_hex(text));
    if (cut > 0) event.put("cut", cut);
    auto committing = failure_to_commit(parts_.log, std::move(event));
    const auto failure = co_await std::move(committing);
    if (!failure) co_return;
    std::function<void()> removing = [&] { (void)::unlink(file.c_str()); };  // a leftover harms nothing
    auto undoing = parts_.pool.run(std::move(removing));
    co_await std::move(undoing);
    throw *failure;
}

awaitable<void> RunReports::cancel(const Caller& caller, std::string id, std::string reason) {
    const auto run = parts_.runs.find(id);
    const bool is_theirs = run && run->user == caller.name();
    desk::require(*parts_.rules.get(), caller, Right::cancel_run, is_theirs);
    if (!run) throw Error(Code::not_found, "there is no run of that id that goes on");
    Event over = end_event(id, "cancelled");
    over.put("by", caller.name());
    if (!reason.empty()) over.text("end_reason", reason);
    auto ending = end(id, std::move(over));
    co_await std::move(ending);
}

awaitable<void> RunReports::end_lost() {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
        timer.expires_after(look_every);
        co_await timer.async_wait(boost::asio::use_awaitable);
        for (const live::LiveRun& run : parts_.runs.overdue(std::chrono::steady_clock::now())) {
            try {
                auto ending = end(run.id, end_event(run.id, "lost"));
                co_await std::move(ending);
                log::warn("a run gave no sign of life and counts as lost",
                          {{"run", run.id}, {"user", run.user}});
            } catch (const Error& error) {
                log::error("a lost run could not be ended", {{"run", run.id}, {"cause", error.what()}});
            }
        }
    }
}

}  // namespace sallyport::desk
