// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/reports.h"

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
#include "daemon/runtime/log.h"

namespace sallyport::desk {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using Kind = Fields::Kind;
constexpr std::size_t max_runs = 100;         // of one operator that go on at once
constexpr std::size_t max_head = 256 * 1024;  // of a log; with its end 1 MiB
constexpr std::size_t max_tail = 768 * 1024;
constexpr std::size_t max_message = 16 * 1024;
constexpr std::size_t max_observed = 1000;  // hosts of one run
constexpr std::size_t max_results = 1000;
constexpr auto look_every = 10s;
constexpr auto run_key_time = 150s;     // a heartbeat of 30 s renews it; a lost run's ends soon after
constexpr auto session_key_time = 12h;  // rechecked as long as its session lives
constexpr auto session_login_time = 60s;
constexpr std::size_t max_key_line = 1024;

void put_who(Event& event, const Caller& caller) {
    event.put("user", caller.name());
    event.put("client",
              Json{{"address", caller.who().source()}, {"key_fingerprint", caller.who().key_fingerprint()}});
}

void put_toolchain(const Fields& fields, Event& event) {
    fields.put_object(event, "toolchain",
                      {{"kind", Kind::text},
                       {"image", Kind::text},
                       {"digest", Kind::text},
                       {"ansible_version", Kind::text}});
}

Event run_end(const std::string& id, const char* status) {
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
    Event event = run_end(id, is_cancelled ? "cancelled" : *code == 0 ? "success" : "failed");
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

/// The hosts that sessions of a run reached, as the bastion saw it, by name and by where it is.
struct Observed {
    std::set<std::string> names;
    std::set<std::pair<std::string, std::uint16_t>> places;
};

Observed observed_by(const store::Store& store, const std::string& run_id) {
    store::Filter filter;
    filter.kinds = {"ssh_session"};
    filter.run_id = run_id;
    Observed out;
    for (store::Cut cut{"", store::max_page};;) {
        const auto page = store.list(filter, cut);
        for (const Json& session : page.items) {
            const Json& host = session.at("host");
            out.names.insert(host.value("inventory_name", ""));
            out.places.emplace(host.value("ansible_host", ""), host.value("port", std::uint16_t{0}));
        }
        if (page.next.empty() || out.names.size() >= max_observed) break;
        cut.cursor = page.next;
    }
    return out;
}

bool was_reached(const Json& counts) {
    return counts.contains("ok") || counts.contains("changed") || counts.contains("failed");
}

/// Hosts of the inventory that the client says it reached and no session of the run did.
Json bypassed_hosts(const Json& run, const Observed& observed, const Inventory& inventory) {
    const Json listed = run.value("inventory_hosts", Json::array());
    const Json results = run.value("results", Json::object());
    Json out = Json::array();
    for (const auto& [name, counts] : results.items()) {
        const auto host = inventory.hosts.find(name);
        const bool is_known = host != inventory.hosts.end();
        const bool is_listed =
            is_known || std::find(listed.begin(), listed.end(), Json(name)) != listed.end();
        const bool is_seen =
            observed.names.contains(name) ||
            (is_known && observed.places.contains({host->second.ansible_host, host->second.port}));
        if (is_listed && was_reached(counts) && !is_seen) out.push_back(name);
    }
    return out;
}

}  // namespace

Reports::Reports(live::RulesInForce& rules, store::Store& store, live::Runs& runs, live::LentKeys& keys,
                 live::Hostnames& hostnames, live::Roster& roster, audit::Log& log, runtime::Pool& pool,
                 std::filesystem::path logs)
    : rules_(rules),
      store_(store),
      runs_(runs),
      keys_(keys),
      hostnames_(hostnames),
      roster_(roster),
      log_(log),
      pool_(pool),
      logs_(std::move(logs)) {
    for (auto& [workspace, host, reported] : store_.hostnames()) hostnames_.put(workspace, host, reported);
    store::Filter running;
    running.kinds = {"action_run"};
    running.status = "running";
    for (store::Cut cut{"", store::max_page};;) {
        const auto page = store.list(running, cut);
        for (const Json& run : page.items) (void)runs_.enter(live_run(run));
        if (page.next.empty()) break;
        cut.cursor = page.next;
    }
}

/// A workspace that the caller has to do with; what is none for them is no different from what is none.
std::shared_ptr<const Workspace> Reports::workspace_for(const Caller& caller, const std::string& name) const {
    const auto rules = rules_.get();
    const bool sees_all = may(desk_role(*rules, caller.who()), Right::read_workspaces, false);
    for (const auto& workspace : rules->workspaces) {
        if (workspace->settings.name != name) continue;
        if (sees_all) return workspace;
        for (const Reachable& host : hosts_for(*rules, caller.who()))
            if (host.workspace == name) return workspace;
    }
    throw Error(Code::input, "workspace: there is no such workspace for you on this bastion");
}

Event Reports::run_start(const Caller& caller, const Fields& fields, const std::string& id) const {
    desk::require(*rules_.get(), caller, Right::report, true);
    (void)fields.need("organization");
    const auto workspace = workspace_for(caller, fields.need("workspace"));
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

awaitable<std::variant<std::string, live::LiveRun>> Reports::start_run(const Caller& caller, Json body) {
    const Fields fields(body);
    const std::string id = new_id();
    Event event = run_start(caller, fields, id);
    if (runs_.count_of(caller.name()) >= max_runs)
        throw Error(Code::limit, "too many of your runs go on; finish one and try again");
    const live::LiveRun run{id,
                            caller.name(),
                            fields.text("workspace"),
                            fields.text("block"),
                            fields.text("action"),
                            to_rfc3339(wall_now()),
                            fields.flag("heartbeat"),
                            std::chrono::steady_clock::now()};
    auto in_the_way = runs_.enter(run);
    if (in_the_way && !fields.flag("force")) co_return *in_the_way;
    if (in_the_way) {
        auto cancelling = cancel_run(caller, in_the_way->id, "superseded");
        co_await std::move(cancelling);
        if ((in_the_way = runs_.enter(run))) co_return *in_the_way;  // another was quicker
    }
    std::optional<Error> failure;
    try {
        auto committing = log_.commit(std::move(event));
        (void)co_await std::move(committing);
    } catch (const Error& error) {
        failure = error;
    }
    if (failure) {
        (void)runs_.leave(id);
        throw *failure;
    }
    if (fields.has("public_key")) lend(caller, fields, run.workspace, id, run_key_time, run_key_time);
    co_return id;
}

awaitable<Json> Reports::own(const Caller& caller, std::string kind, std::string id) {
    std::optional<Json> found;
    std::function<void()> work = [&] { found = store_.resource(kind, id); };
    co_await pool_.run(std::move(work));
    if (!found || !is_own(caller, *found))
        throw Error(Code::not_found, "there is nothing of yours with that id");
    co_return std::move(*found);
}

awaitable<void> Reports::end_run(std::string id, Event end) {
    const auto run = runs_.find(id);
    if (!run || !runs_.leave(id)) throw Error(Code::conflict, "this run has ended already");
    std::optional<Error> failure;
    try {
        std::function<void()> work = [&] {
            if (const auto known = store_.resource("action_run", id)) put_observed(end, *known);
        };
        auto looking = pool_.run(std::move(work));
        co_await std::move(looking);
        end.put("duration_seconds", whole_seconds(run->began, std::chrono::steady_clock::now()).count());
        auto committing = log_.commit(std::move(end));
        (void)co_await std::move(committing);
    } catch (const Error& error) {
        failure = error;
    }
    if (failure) {
        (void)runs_.enter(*run);  // it goes on until its end can be kept
        throw *failure;
    }
    keys_.revoke(id);
    roster_.recheck_all(rules_.get());  // what it left running ends with it
}

void Reports::put_observed(Event& end, const Json& run) const {
    const Observed observed = observed_by(store_, run.at("id"));
    end.put("hosts_observed", Json(observed.names));
    static const Inventory none;
    const auto rules = rules_.get();
    const Inventory* inventory = &none;
    for (const auto& workspace : rules->workspaces)
        if (workspace->settings.name == run.value("workspace", "")) inventory = &workspace->inventory;
    Json bypassed = bypassed_hosts(run, observed, *inventory);
    if (bypassed.empty()) return;
    end.put("bypassed", true).put("bypassed_hosts", bypassed);
    Event event("action_run.bypassed");
    event.put("run_id", run.at("id")).put("user", run.value("user", "")).put("hosts", std::move(bypassed));
    log_.post(std::move(event));
}

awaitable<std::string> Reports::finish_run(const Caller& caller, std::string id, Json body) {
    auto finding = own(caller, "action_run", id);
    (void)co_await std::move(finding);
    const Fields fields(body);
    Event end = said_end(fields, id);
    std::string status = end.members().at("status");
    std::string output = output_of(fields);
    if (!runs_.find(id)) throw Error(Code::conflict, "this run has ended already");
    if (!output.empty()) {
        auto keeping = keep_log(id, std::move(output));
        co_await std::move(keeping);
    }
    auto ending = end_run(id, std::move(end));
    co_await std::move(ending);
    co_return status;
}

awaitable<std::string> Reports::whole_run(const Caller& caller, Json body) {
    const Fields fields(body);
    const std::string id = new_id();
    Event start = run_start(caller, fields, id);
    Event end = said_end(fields, id);
    std::string output = output_of(fields);
    start.put("late", true);
    auto starting = log_.commit(std::move(start));
    (void)co_await std::move(starting);
    if (!output.empty()) {
        auto keeping = keep_log(id, std::move(output));
        co_await std::move(keeping);
    }
    auto ending = log_.commit(std::move(end));
    (void)co_await std::move(ending);
    co_return id;
}

awaitable<std::string> Reports::beat(const Caller& caller, std::string id, Json body) {
    auto finding = own(caller, "action_run", id);
    const Json run = co_await std::move(finding);
    if (!runs_.beat(id)) co_return run.value("status", std::string("lost"));
    const Fields fields(body);
    if (fields.has("public_key")) lend(caller, fields, run.at("workspace"), id, run_key_time, run_key_time);
    co_return "running";
}

void Reports::lend(const Caller& caller, const Fields& fields, const std::string& workspace,
                   const std::string& run_id, std::chrono::seconds time, std::chrono::seconds login_time) {
    std::string why;
    const auto key = parse_public_key(fields.text("public_key", max_key_line), why);
    if (!key) throw Error(Code::input, "public_key: " + why);
    if (key->type != "ssh-ed25519") throw Error(Code::input, "public_key: a key that is lent is ssh-ed25519");
    if (find_operator(*rules_.get(), key->blob) != nullptr)
        throw Error(Code::input, "public_key: this is an operator's own key; lend one made for this alone");
    keys_.lend({key->blob, key->fingerprint, caller.name(), caller.who().key_fingerprint(),
                caller.who().source(), workspace, run_id, fields.text("cli_instance_id")},
               time, login_time);
}

void Reports::lend_session_key(const Caller& caller, const Json& body) {
    desk::require(*rules_.get(), caller, Right::report, true);
    const Fields fields(body);
    (void)fields.need("cli_instance_id");
    lend(caller, fields, "", "", session_key_time, session_login_time);
}

awaitable<void> Reports::results(const Caller& caller, std::string id, Json body) {
    auto finding = own(caller, "action_run", id);
    const Json run = co_await std::move(finding);
    if (!runs_.find(id)) throw Error(Code::conflict, "this run has ended already");
    const Json results = read_results(body);
    Event event("action_run.results");
    event.put("run_id", id).put("results", results);
    auto committing = log_.commit(std::move(event));
    (void)co_await std::move(committing);
    for (const Json& result : results)
        if (result.contains("hostname"))
            hostnames_.put(run.at("workspace"), result.at("host"), result.at("hostname"));
    (void)runs_.beat(id);
}

awaitable<void> Reports::attach_log(const Caller& caller, std::string id, std::string text) {
    auto finding = own(caller, "action_run", id);
    const Json run = co_await std::move(finding);
    if (run.contains("log")) throw Error(Code::conflict, "this run has its log already");
    auto keeping = keep_log(id, std::move(text));
    co_await std::move(keeping);
}

awaitable<void> Reports::keep_log(std::string id, std::string text) {
    if (!log_.is_healthy())
        throw Error(Code::record, "the store fails or has too little space; see /healthz");
    std::size_t cut = 0;
    if (text.size() > max_head + max_tail) {
        cut = text.size() - max_head - max_tail;
        text = text.substr(0, max_head) + "\n[" + std::to_string(cut) + " bytes are left out here]\n" +
               text.substr(text.size() - max_tail);
    }
    const std::string file = (logs_ / (id + ".log")).string();  // the id is ours, out of the store
    // Once for all: a second one, at the same time even, would leave a file that is not the one on record.
    std::function<void()> work = [&] {
        const std::lock_guard lock(logs_mutex_);
        if (std::filesystem::exists(file))
            throw Error(Code::conflict, "this run has its log already; leave it out");
        write_private(file, text);
    };
    auto writing = pool_.run(std::move(work));
    co_await std::move(writing);
    Event event("action_run.log");
    event.put("run_id", id).put("size", text.size()).put("sha256", sha256_hex(text));
    if (cut > 0) event.put("cut", cut);
    std::optional<Error> failure;
    try {
        auto committing = log_.commit(std::move(event));
        (void)co_await std::move(committing);
    } catch (const Error& error) {
        failure = error;
    }
    if (!failure) co_return;
    std::function<void()> removing = [&] { (void)::unlink(file.c_str()); };  // a leftover harms nothing
    auto undoing = pool_.run(std::move(removing));
    co_await std::move(undoing);
    throw *failure;
}

awaitable<void> Reports::cancel_run(const Caller& caller, std::string id, std::string reason) {
    const auto run = runs_.find(id);
    const bool is_theirs = run && run->user == caller.name();
    desk::require(*rules_.get(), caller, Right::cancel_run, is_theirs);
    if (!run) throw Error(Code::not_found, "there is no run of that id that goes on");
    Event end = run_end(id, "cancelled");
    end.put("by", caller.name());
    if (!reason.empty()) end.text("end_reason", reason);
    auto ending = end_run(id, std::move(end));
    co_await std::move(ending);
}

awaitable<std::string> Reports::sync(const Caller& caller, Json body) {
    const Fields fields(body);
    desk::require(*rules_.get(), caller, Right::report, true);
    (void)workspace_for(caller, fields.need("workspace"));
    const std::string result = fields.need("result");
    constexpr std::string_view results[] = {"success", "conflict", "abort", "error"};
    if (std::find(std::begin(results), std::end(results), result) == std::end(results))
        throw Error(Code::input, "result: write success, conflict, abort or error");
    const std::string id = new_id();
    Event event("workspace_sync");
    event.put("sync_id", id);
    put_who(event, caller);
    fields.put_texts(event, {"organization", "workspace", "cli_instance_id", "cli_version", "result"});
    fields.put_texts(event, {"error_message"}, max_message);
    fields.put_object(event, "git",
                      {{"remote", Kind::text},
                       {"branch", Kind::text},
                       {"before_sha", Kind::text},
                       {"after_sha", Kind::text},
                       {"commits_in", Kind::number},
                       {"commits_out", Kind::number},
                       {"direction", Kind::text}});
    fields.put_object(event, "changed",
                      {{"blocks", Kind::list}, {"inventory", Kind::flag}, {"policy", Kind::flag}});
    fields.put_object(event, "encryption",
                      {{"enabled", Kind::flag},
                       {"key_id", Kind::text},
                       {"status", Kind::text},
                       {"rotation_detected", Kind::flag},
                       {"previous_key_id", Kind::text}});
    fields.put_time(event, "timestamp", "claimed_timestamp");
    fields.put_flag(event, "late");
    auto committing = log_.commit(std::move(event));
    (void)co_await std::move(committing);
    co_return id;
}

awaitable<void> Reports::instance(const Caller& caller, Json body) {
    const Fields fields(body);
    desk::require(*rules_.get(), caller, Right::report, true);
    const std::string id = fields.need("cli_instance_id");
    if (!id.starts_with("cli-") || id.size() > 64 ||
        id.find_first_not_of("0123456789abcdef", 4) != std::string::npos)
        throw Error(Code::input, "cli_instance_id: write cli- and hex digits");
    std::optional<Json> known;
    std::function<void()> work = [&] { known = store_.resource("cli_instance", id); };
    co_await pool_.run(std::move(work));
    if (known && !is_own(caller, *known))
        throw Error(Code::input,
                    "cli_instance_id: this instance is another operator's; have the client make a new one");
    if (fields.has("workspace")) (void)workspace_for(caller, fields.text("workspace"));
    Event event("cli_instance.reported");
    event.put("cli_instance_id", id);
    put_who(event, caller);
    (void)fields.need("cli_version");
    fields.put_texts(event, {"cli_version", "os", "arch", "hostname", "host_id", "workspace"});
    auto committing = log_.commit(std::move(event));
    (void)co_await std::move(committing);
}

awaitable<std::string> Reports::start_activity(const Caller& caller, Json body) {
    const Fields fields(body);
    desk::require(*rules_.get(), caller, Right::report, true);
    const std::string kind = fields.need("kind");
    if (kind != "ssh-session" && kind != "workspace-sync")
        throw Error(Code::input, "kind: write ssh-session or workspace-sync");
    (void)fields.need("name");
    (void)fields.need("organization");
    (void)workspace_for(caller, fields.need("workspace"));
    const std::string id = new_id();
    Event event("activity.start");
    event.put("activity_id", id);
    put_who(event, caller);
    fields.put_texts(event, {"kind", "name", "organization", "workspace", "display_name", "block", "hostname",
                             "ssh_user"});
    fields.put_as_text(event, "metadata", "claimed_metadata");
    auto committing = log_.commit(std::move(event));
    (void)co_await std::move(committing);
    co_return id;
}

awaitable<void> Reports::finish_activity(const Caller& caller, std::string id, Json body) {
    auto finding = own(caller, "activity", id);
    const Json known = co_await std::move(finding);
    if (known.contains("ended_at")) throw Error(Code::conflict, "this activity has ended already");
    const Fields fields(body);
    const std::string status = fields.text("status");
    if (!status.empty() && status != "success" && status != "failed")
        throw Error(Code::input, "status: write success or failed");
    Event event("activity.end");
    const auto code = fields.number("exit_code");
    event.put("activity_id", id)
        .put("status", !status.empty()         ? status
                       : code.value_or(0) == 0 ? "success"
                                               : "failed");
    fields.put_number(event, "exit_code");
    fields.put_time(event, "finished_at", "claimed_ended_at");
    fields.put_number(event, "duration_seconds", "claimed_duration_seconds");
    auto committing = log_.commit(std::move(event));
    (void)co_await std::move(committing);
}

awaitable<void> Reports::end_lost_runs() {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
        timer.expires_after(look_every);
        co_await timer.async_wait(boost::asio::use_awaitable);
        for (const live::LiveRun& run : runs_.overdue(std::chrono::steady_clock::now())) {
            try {
                auto ending = end_run(run.id, run_end(run.id, "lost"));
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
