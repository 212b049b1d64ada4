// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/desk.h"

#include <algorithm>

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

bool is_own(const Caller& caller, const Json& session) {
    return session.value("user", std::string()) == caller.who().operator_name();
}

/// Two questions are the same if their text is: lengths keep members apart.
std::string text_of(const char* what, std::initializer_list<std::string> members) {
    std::string out = what;
    for (const std::string& member : members) out += ";" + std::to_string(member.size()) + ":" + member;
    return out;
}

constexpr std::size_t max_piece = 64 * 1024;
constexpr std::size_t max_noted = 64;  // after that many different lists it is noted anew

}  // namespace

void Caller::note(const std::string& list) {
    if (noted_.size() >= max_noted) noted_.clear();
    noted_.insert(list);
}

Desk::Desk(live::RulesInForce& rules, store::Store& store, live::Roster& roster, audit::Writer& log,
           runtime::Pool& pool, std::filesystem::path recordings)
    : rules_(rules),
      store_(store),
      roster_(roster),
      log_(log),
      pool_(pool),
      recordings_(std::move(recordings)) {}

DeskRole Desk::role_of(const Caller& caller) const {
    return desk_role(*rules_.get(), caller.who());
}

void Desk::require(const Caller& caller, Question question, bool is_own) const {
    if (may_ask(role_of(caller), question, is_own)) return;
    throw Error(Code::denied, "your desk role does not allow this; ask whoever keeps the policy");
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

boost::asio::awaitable<store::Page<Json>> Desk::sessions(Caller& caller, store::SessionFilter filter,
                                                         std::string cursor, std::size_t limit) {
    const std::string own = caller.who().operator_name();
    if (!filter.host.empty())
        for (HostName& other : other_names(*rules_.get(), filter.host))
            filter.also.push_back({std::move(other.workspace), std::move(other.name)});
    if (!may_ask(role_of(caller), Question::session, false)) {
        if (!filter.user.empty() && filter.user != own) require(caller, Question::session, false);
        filter.user = own;
    }
    if (filter.user != own) {
        std::string question = text_of(
            "session", {filter.host, filter.user, filter.workspace, filter.from, filter.to, filter.status});
        co_await record_list(caller, "session", std::move(question));
    }
    store::Page<Json> page;
    std::function<void()> work = [&] { page = store_.sessions(filter, cursor, limit); };
    co_await pool_.run(std::move(work));
    co_return page;
}

boost::asio::awaitable<Json> Desk::find(std::string id) {
    std::optional<Json> found;
    std::function<void()> work = [&] { found = is_id(id) ? store_.session(id) : std::nullopt; };
    co_await pool_.run(std::move(work));
    if (!found) throw Error(Code::not_found, "there is no such session");
    co_return std::move(*found);
}

boost::asio::awaitable<Json> Desk::session(const Caller& caller, std::string id) {
    Json found = co_await find(id);
    // Somebody else's is no different from none for whoever may not see it.
    if (!may_ask(role_of(caller), Question::session, is_own(caller, found)))
        throw Error(Code::not_found, "there is no such session");
    if (!is_own(caller, found)) co_await record_read(caller, "session", id);
    co_return found;
}

boost::asio::awaitable<Opened> Desk::recording(const Caller& caller, std::string id) {
    const Json found = co_await session(caller, id);
    require(caller, Question::recording, is_own(caller, found));
    co_await record_read(caller, "recording", id);
    Opened opened;
    std::function<void()> work = [&] {
        opened.file.open(recordings_ / (id + ".rec"), std::ios::binary | std::ios::ate);
        if (opened.file) opened.left = static_cast<std::uint64_t>(opened.file.tellg());
        opened.file.seekg(0);
    };
    co_await pool_.run(std::move(work));
    if (!opened.file) throw Error(Code::not_found, "the recording is not there any more");
    co_return opened;
}

boost::asio::awaitable<std::string> Desk::recording_piece(Opened& opened) {
    std::string piece(std::min<std::uint64_t>(max_piece, opened.left), '\0');
    std::function<void()> work = [&] {
        opened.file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    };
    if (!piece.empty()) co_await pool_.run(std::move(work));
    if (static_cast<std::size_t>(opened.file.gcount()) < piece.size())
        throw Error(Code::io, "the recording could not be read to its end");
    opened.left -= piece.size();
    co_return piece;
}

boost::asio::awaitable<void> Desk::terminate(const Caller& caller, std::string id, std::string reason) {
    const auto live = roster_.find(id);
    require(caller, Question::terminate, live && live->user == caller.who().operator_name());
    if (!live) throw Error(Code::not_found, "there is no live session of that id");
    Event event("ssh_session.terminated");
    event.put("session_id", id).put("by", caller.who().operator_name());
    if (!reason.empty()) event.text("reason", reason);
    co_await log_.commit(std::move(event));
    (void)roster_.stop(id, live::StopReason::terminated, caller.who().operator_name());
}

boost::asio::awaitable<store::Page<store::Stored>> Desk::events(Caller& caller, store::EventFilter filter,
                                                                std::string cursor, std::size_t limit) {
    bool own = false;
    if (!filter.session_id.empty()) {
        const Json found = co_await find(filter.session_id);
        own = is_own(caller, found);
        if (!may_ask(role_of(caller), Question::session, own))
            throw Error(Code::not_found, "there is no such session");
    }
    require(caller, Question::events, own);
    if (!own) {
        std::string question = text_of("events", {filter.type, filter.session_id, filter.from, filter.to});
        co_await record_list(caller, "events", std::move(question));
    }
    store::Page<store::Stored> page;
    std::function<void()> work = [&] { page = store_.events(filter, cursor, limit); };
    co_await pool_.run(std::move(work));
    co_return page;
}

boost::asio::awaitable<std::uint64_t> Desk::begin_export(const Caller& caller) {
    require(caller, Question::export_all, false);
    co_await record_read(caller, "export", "");
    co_return co_await log_.checkpoint();
}

boost::asio::awaitable<store::Page<store::Stored>> Desk::export_page(std::string cursor, std::uint64_t last) {
    store::Page<store::Stored> page;
    std::function<void()> work = [&] { page = store_.events({}, cursor, store::max_page); };
    co_await pool_.run(std::move(work));
    while (!page.items.empty() && page.items.back().seq > last) page.items.pop_back();
    if (page.items.empty() || page.items.back().seq == last) page.next.clear();
    co_return page;
}

}  // namespace sallyport::desk
