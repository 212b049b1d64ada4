// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/desk.h"

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "common/error.h"
#include "common/ids.h"
#include "policy/resolve.h"

namespace sallyport::desk {
namespace {

Json list_of(const std::vector<std::string>& names) {
    Json out = Json::array();
    for (const std::string& name : names) out.push_back(name);
    return out;
}

/// Two questions are the same if their text is: lengths keep members apart.
std::string text_of(const char* what, std::initializer_list<std::string> members) {
    std::string out = what;
    for (const std::string& member : members) out += ";" + std::to_string(member.size()) + ":" + member;
    return out;
}

constexpr std::size_t max_piece = 64 * 1024;
constexpr std::size_t max_timeline = 100;
constexpr std::size_t max_others = 20;
constexpr std::uint64_t max_streamed = 8;  // events at once; each at most 1 MiB
constexpr auto look_every = std::chrono::milliseconds(200);

/// What a list of this kind, or one of its things, is called in `record.read`.
const char* what_of(const std::string& kind) {
    constexpr std::array<std::array<const char*, 2>, 6> names = {{{"ssh_session", "session"},
                                                                  {"action_run", "run"},
                                                                  {"workspace_sync", "sync"},
                                                                  {"cli_instance", "instance"},
                                                                  {"activity", "activity"},
                                                                  {"access_denied", "denial"}}};
    for (const auto& [known, name] : names)
        if (kind == known) return name;
    return "record";
}

std::string question_of(const char* what, const store::Filter& filter) {
    return text_of(what, {filter.host, filter.user, filter.workspace, filter.run_id, filter.from, filter.to,
                          filter.status, filter.text});
}

/// Sessions of others on the same host, in the time of this one.
Json others_there(const store::Store& store, const Json& session) {
    store::Filter filter;
    filter.kinds = {"ssh_session"};
    filter.host = session.at("host").value("inventory_name", std::string());
    filter.workspace = session.value("workspace", std::string());
    filter.from = session.at("started_at").get<std::string>();
    filter.to = session.value("ended_at", std::string());
    Json out = Json::array();
    for (const Json& other : store.list(filter, {}).items) {
        if (other.at("user") == session.at("user") || out.size() == max_others) continue;
        Json& one = out.emplace_back(Json::object());
        for (const char* name : {"id", "user", "login", "started_at", "ended_at"})
            if (other.contains(name)) one[name] = other[name];
    }
    return out;
}

/// Counted only where the page does not say it by itself.
template <typename T, typename Filter>
Listed<T> listed(const store::Store& store, const Filter& filter, const store::Cut& cut) {
    Listed<T> out;
    out.page = store.list(filter, cut);
    const bool is_all =
        cut.cursor.empty() && cut.skip == 0 && out.page.items.size() < cut.limit && out.page.previous.empty();
    out.count = is_all ? out.page.items.size() : store.count(filter);
    out.is_exact = out.count < store::max_count;
    out.count = std::min(out.count, store::max_count - 1);
    return out;
}

}  // namespace

Desk::Desk(live::RulesInForce& rules, store::Store& store, live::Roster& roster, audit::Writer& log,
           runtime::Pool& pool, std::filesystem::path state)
    : rules_(rules), store_(store), roster_(roster), log_(log), pool_(pool), state_(std::move(state)) {}

DeskRole Desk::role_of(const Caller& caller) const {
    return desk_role(*rules_.get(), caller.who());
}

void Desk::require(const Caller& caller, Right right, bool is_own) const {
    desk::require(*rules_.get(), caller, right, is_own);
}

/// Whether anybody's of these kinds.
bool Desk::may_read(const Caller& caller, const store::Filter& filter) const {
    return std::all_of(filter.kinds.begin(), filter.kinds.end(), [&](const std::string& kind) {
        return may(role_of(caller), right_to_read(kind), false);
    });
}

Json Desk::me(const Caller& caller) const {
    const Proven& who = caller.who();
    return {{"user", who.operator_name()},
            {"groups", list_of(who.groups())},
            {"key_fingerprint", who.key_fingerprint()},
            {"source", who.source()},
            {"desk_role", name_of(role_of(caller))}};
}

Json Desk::hosts(const Caller& caller) const {
    Json out = Json::array();
    for (const Reachable& host : hosts_for(*rules_.get(), caller.who())) {
        Json row = {{"type", "host"},
                    {"address", host.typed},
                    {"workspace", host.workspace},
                    {"inventory_name", host.host},
                    {"ansible_host", host.address},
                    {"port", host.port},
                    {"logins", list_of(host.logins)}};
        for (const Kind kind : host.kinds) row["allow"].push_back(name_of(kind));
        if (!host.user.empty()) row["user"] = host.user;
        if (!host.aliases.empty()) row["aliases"] = list_of(host.aliases);
        if (!host.unusable.empty()) row["unusable"] = host.unusable;
        out.push_back(std::move(row));
    }
    return out;
}

Json Desk::operators(const Caller& caller) const {
    const auto rules = rules_.get();
    const bool all = may(role_of(caller), Right::read_operators, false);
    Json out = Json::array();
    for (const auto& [name, known] : rules->policy.operators) {
        if (!all && name != caller.name()) continue;
        Json keys = Json::array();
        for (const PublicKey& key : known.keys) keys.push_back(key.fingerprint);
        out.push_back({{"type", "operator"},
                       {"user", name},
                       {"groups", list_of(known.groups)},
                       {"key_fingerprints", std::move(keys)},
                       {"desk_role", name_of(desk_role(*rules, known))}});
    }
    return out;
}

Json Desk::workspaces(const Caller& caller) const {
    const auto rules = rules_.get();
    std::set<std::string> seen;
    for (const Reachable& host : hosts_for(*rules, caller.who())) seen.insert(host.workspace);
    const bool all = may(role_of(caller), Right::read_workspaces, false);
    Json out = Json::array();
    for (const auto& workspace : rules->workspaces) {
        if (!all && !seen.contains(workspace->settings.name)) continue;
        Json& one = out.emplace_back(Json{{"type", "workspace"}, {"name", workspace->settings.name}});
        if (!workspace->commit.empty()) one["workspace_commit"] = workspace->commit;
        one["production"] = workspace->settings.production;
        one["inventory_sha256"] = workspace->inventory.sha256;
        one["hosts"] = workspace->inventory.hosts.size();
    }
    return out;
}

boost::asio::awaitable<void> Desk::record_read(const Caller& caller, const char* what, std::string id) {
    Event event("record.read");
    event.put("user", caller.who().operator_name()).put("what", what);
    if (!id.empty()) event.put("id", id);
    co_await log_.commit(std::move(event));
}

boost::asio::awaitable<void> Desk::record_list(Caller& caller, const char* what, std::string question) {
    // A cursor comes from the caller, so it cannot tell whether this is the first page.
    if (caller.has_noted(question)) co_return;
    co_await record_read(caller, what, "");
    caller.note(question);
}

boost::asio::awaitable<Listed<Json>> Desk::list(Caller& caller, const char* what, store::Filter filter,
                                                store::Cut cut) {
    const std::string own = caller.name();
    if (!filter.host.empty())
        for (HostName& other : other_names(*rules_.get(), filter.host))
            filter.also.push_back({std::move(other.workspace), std::move(other.name)});
    if (!may_read(caller, filter)) {
        if (!filter.user.empty() && filter.user != own)
            require(caller, right_to_read(filter.kinds.front()), false);
        filter.user = own;
    }
    if (filter.user != own) {
        std::string question = question_of(what, filter);
        co_await record_list(caller, what, std::move(question));
    }
    Listed<Json> out;
    std::function<void()> work = [&] { out = listed<Json>(store_, filter, cut); };
    co_await pool_.run(std::move(work));
    co_return out;
}

boost::asio::awaitable<Listed<Json>> Desk::resources(Caller& caller, store::Filter filter, store::Cut cut) {
    const char* what = what_of(filter.kinds.front());
    auto task = list(caller, what, std::move(filter), std::move(cut));
    co_return co_await std::move(task);
}

boost::asio::awaitable<Listed<Json>> Desk::timeline(Caller& caller, store::Filter filter, store::Cut cut) {
    filter.kinds = {"ssh_session", "action_run", "workspace_sync", "access_denied"};
    cut.limit = std::min(cut.limit, max_timeline);
    const bool shows_others = may_read(caller, filter);
    auto task = list(caller, "timeline", std::move(filter), std::move(cut));
    Listed<Json> out = co_await std::move(task);
    if (!shows_others) co_return out;
    std::function<void()> work = [&] {
        for (Json& item : out.page.items)
            if (item["type"] == "ssh_session") item["others"] = others_there(store_, item);
    };
    co_await pool_.run(std::move(work));
    co_return out;
}

boost::asio::awaitable<std::optional<Json>> Desk::find(std::string kind, std::string id) {
    std::optional<Json> found;
    std::function<void()> work = [&] { found = store_.resource(kind, id); };
    co_await pool_.run(std::move(work));
    co_return found;
}

boost::asio::awaitable<Json> Desk::resource(const Caller& caller, std::string kind, std::string id) {
    auto finding = find(kind, id);
    std::optional<Json> found = co_await std::move(finding);
    // Somebody else's is no different from none for whoever may not see it.
    if (!found || !may(role_of(caller), right_to_read(kind), is_own(caller, *found)))
        throw Error(Code::not_found, std::string("there is no such ") + what_of(kind));
    if (!is_own(caller, *found)) co_await record_read(caller, what_of(kind), id);
    co_return std::move(*found);
}

boost::asio::awaitable<Opened> Desk::recording(const Caller& caller, std::string id) {
    auto finding = resource(caller, "ssh_session", id);
    const Json found = co_await std::move(finding);
    require(caller, Right::read_recording, is_own(caller, found));
    co_await record_read(caller, "recording", id);
    auto opening = open(state_ / "recordings" / (id + ".rec"));
    co_return co_await std::move(opening);
}

boost::asio::awaitable<Opened> Desk::run_log(const Caller& caller, std::string id) {
    auto finding = resource(caller, "action_run", id);
    const Json found = co_await std::move(finding);
    require(caller, Right::read_log, is_own(caller, found));
    if (!found.contains("log")) throw Error(Code::not_found, "this run has no log");
    if (!is_own(caller, found)) co_await record_read(caller, "log", id);
    auto opening = open(state_ / "logs" / (id + ".log"));
    co_return co_await std::move(opening);
}

/// Of an id that the store has, so it is one of ours.
boost::asio::awaitable<Opened> Desk::open(std::string file) {
    Opened opened;
    std::function<void()> work = [&] {
        opened.file.open(file, std::ios::binary | std::ios::ate);
        if (opened.file) opened.left = static_cast<std::uint64_t>(opened.file.tellg());
        opened.file.seekg(0);
    };
    co_await pool_.run(std::move(work));
    if (!opened.file) throw Error(Code::not_found, "its file is not there any more");
    co_return opened;
}

boost::asio::awaitable<std::string> Desk::piece(Opened& opened) {
    std::string piece(std::min<std::uint64_t>(max_piece, opened.left), '\0');
    std::function<void()> work = [&] {
        opened.file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    };
    if (!piece.empty()) co_await pool_.run(std::move(work));
    if (static_cast<std::size_t>(opened.file.gcount()) < piece.size())
        throw Error(Code::io, "a file could not be read to its end");
    opened.left -= piece.size();
    co_return piece;
}

boost::asio::awaitable<void> Desk::terminate(const Caller& caller, std::string id, std::string reason) {
    const auto live = roster_.find(id);
    require(caller, Right::terminate, live && live->user == caller.who().operator_name());
    if (!live) throw Error(Code::not_found, "there is no live session of that id");
    Event event("ssh_session.terminated");
    event.put("session_id", id).put("by", caller.who().operator_name());
    if (!reason.empty()) event.text("reason", reason);
    co_await log_.commit(std::move(event));
    (void)roster_.stop(id, live::StopReason::terminated, caller.who().operator_name());
}

/// Whether events about something are the caller's own; somebody else's is no different from none for whoever
/// may not see it.
boost::asio::awaitable<bool> Desk::is_own_record(const Caller& caller, std::string about) {
    for (const char* kind : {"ssh_session", "action_run", "workspace_sync", "cli_instance", "activity"}) {
        auto finding = find(kind, about);
        const auto found = co_await std::move(finding);
        if (!found) continue;
        if (may(role_of(caller), right_to_read(kind), is_own(caller, *found)))
            co_return is_own(caller, *found);
        break;
    }
    throw Error(Code::not_found, "there is nothing of that id");
}

boost::asio::awaitable<Listed<store::Stored>> Desk::events(Caller& caller, store::EventFilter filter,
                                                           store::Cut cut) {
    bool own = false;
    if (!filter.about.empty()) {
        auto asking = is_own_record(caller, filter.about);
        own = co_await std::move(asking);
    }
    require(caller, Right::read_events, own);
    if (!own) {
        std::string question =
            text_of("events", {filter.type, filter.about, filter.from, filter.to, filter.text});
        co_await record_list(caller, "events", std::move(question));
    }
    Listed<store::Stored> out;
    std::function<void()> work = [&] { out = listed<store::Stored>(store_, filter, cut); };
    co_await pool_.run(std::move(work));
    co_return out;
}

boost::asio::awaitable<std::vector<store::Stored>> Desk::next_events(Caller& caller, std::uint64_t after,
                                                                     std::chrono::milliseconds patience) {
    require(caller, Right::read_events, false);
    co_await record_list(caller, "stream", "stream");
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (log_.last_seq() <= after && std::chrono::steady_clock::now() < end) {
        timer.expires_after(look_every);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
    std::vector<store::Stored> out;
    if (log_.last_seq() <= after) co_return out;
    std::function<void()> work = [&] {
        store_.each(after + 1, after + max_streamed,
                    [&](const store::Stored& event) { out.push_back(event); });
    };
    co_await pool_.run(std::move(work));
    co_return out;
}

boost::asio::awaitable<std::uint64_t> Desk::begin_export(const Caller& caller) {
    require(caller, Right::export_all, false);
    co_await record_read(caller, "export", "");
    co_return co_await log_.checkpoint();
}

boost::asio::awaitable<store::Page<store::Stored>> Desk::export_page(std::string cursor, std::uint64_t last) {
    store::Page<store::Stored> page;
    std::function<void()> work = [&] { page = store_.list(store::EventFilter(), {cursor, store::max_page}); };
    co_await pool_.run(std::move(work));
    while (!page.items.empty() && page.items.back().seq > last) page.items.pop_back();
    if (page.items.empty() || page.items.back().seq == last) page.next.clear();
    co_return page;
}

}  // namespace sallyport::desk
