// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/visit.h"

#include "common/error.h"
#include "common/escape.h"
#include "daemon/relay/relay.h"
#include "daemon/runtime/log.h"
#include "daemon/session/console.h"
#include "daemon/session/dial.h"
#include "daemon/session/jumps.h"
#include "daemon/session/lobby.h"
#include "daemon/session/reception.h"
#include "daemon/session/session.h"

namespace sallyport::session {
namespace {

using namespace std::chrono_literals;
constexpr auto parting = 5s;      // to read the last words and hang up
constexpr int max_tries = 20;     // names that are tried in the list; each refusal is on record
constexpr int max_refused = 100;  // channels of a connection that are on record; the rest is in the log alone

/// A session's way to its target: the grant, and the channel on which the host was chosen, if one was.
struct Way {
    Grant grant;
    std::optional<relay::Begun> begun;
};

void post_denial(const Visit& visit, const Denial& denial) {
    Event event = denied_event(visit.client, visit.who.operator_name());
    event.put("kind", "session").put("reason", denial.reason);
    if (!denial.rule.empty()) event.put("rule", denial.rule);
    visit.live.log.post(std::move(event));
    ++visit.live.metrics.counter("sallyport_refusals_total", "Sessions and requests that policy refused.");
    log::info("access denied", {{"connection", visit.client.connection_id},
                                {"user", visit.who.operator_name()},
                                {"typed", visit.client.typed},
                                {"reason", denial.reason}});
}

/// What the operator hears: the same for all that is not theirs; what is theirs may be named.
std::string words_for(const Visit& visit, const Denial& denial) {
    std::string words = "no such host for you: " + escaped(visit.client.typed);
    if (denial.candidates.empty()) return words;
    words = escaped(visit.client.typed) + " may mean several hosts:";
    for (const std::string& name : denial.candidates) words += " " + escaped(name);
    return words;
}

std::vector<std::string> choices(const Rules& rules, const Visit& visit, const Denial& denial) {
    if (!denial.candidates.empty()) return denial.candidates;
    std::vector<std::string> out;
    for (const Reachable& host : hosts_for(rules, visit.who)) out.push_back(host.typed);
    return out;
}

/// Puts channels of kinds that are not relayed on record.
class RefusedOpens {
 public:
    explicit RefusedOpens(const Visit& visit) : visit_(visit) {}

    void note(const char* kind, const char* reason, const std::string& destination = {}) {
        log::debug("a channel was refused",
                   {{"connection", visit_.client.connection_id}, {"kind", kind}, {"to", destination}});
        if (left_-- <= 0) return;
        Event event = denied_event(visit_.client, visit_.who.operator_name());
        event.put("kind", kind).put("reason", reason);
        if (!destination.empty()) event.text("destination", destination);
        visit_.live.log.post(std::move(event));
    }

 private:
    const Visit& visit_;
    int left_ = max_refused;
};

/// Where a visit's forwards go: they wait until a session carries them, or are refused where none will.
class Carried {
 public:
    Carried(const Visit& visit, RefusedOpens& refused) : visit_(visit), refused_(refused) {}

    /// A session begins with this grant, and will carry what it permits.
    void expect(const Grant& grant) { grant_ = grant; }
    [[nodiscard]] bool may_carry(const ssh::ForwardOpen& open) const {
        if (!grant_ || is_refusing_) return false;
        const auto verdict =
            permits_forward(*visit_.live.rules.get(), *grant_, visit_.who, open.place, wall_now());
        return std::holds_alternative<ForwardGrant>(verdict);
    }

    void take(ssh::ForwardOpen open) {
        if (relay_ == nullptr && !is_refusing_) return waiting_.push_back(std::move(open));
        if (relay_ != nullptr && relay_->carry(open)) return;
        refused_.note("forward", "no_session", to_text(open.place));
        visit_.door.refuse(std::move(open), "there is no session here that could carry a forward");
    }
    /// From now on; null where there is no session, or none any more.
    void by(relay::Relay* relay) {
        relay_ = relay;
        is_refusing_ = relay == nullptr;
        for (auto waiting = std::exchange(waiting_, {}); auto& open : waiting) take(std::move(open));
    }

 private:
    const Visit& visit_;
    RefusedOpens& refused_;
    std::optional<Grant> grant_;
    relay::Relay* relay_ = nullptr;
    bool is_refusing_ = false;
    std::vector<ssh::ForwardOpen> waiting_;  // bounded by the door
};

/// Resolves and authorizes where the visit leads, or what is chosen from the list after it. Absent if the
/// operator leaves. A name is denied when a session is asked for: `ssh -J` asks for none.
boost::asio::awaitable<std::optional<Way>> find_way(Visit& visit, Carried& carried, const IsBusy& is_busy) {
    std::optional<relay::Begun> begun;
    for (int tries = 0; tries < max_tries; ++tries) {
        const auto rules = visit.live.rules.get();
        Verdict verdict = authorize(*rules, visit.who, visit.address, wall_now());
        if (auto* grant = std::get_if<Grant>(&verdict)) co_return Way{std::move(*grant), std::move(begun)};
        const auto& denial = std::get<Denial>(verdict);
        carried.by(nullptr);
        if (!begun && !co_await has_come(visit.door, is_busy)) co_return std::nullopt;
        post_denial(visit, denial);
        begun.reset();
        auto choice =
            co_await lobby(visit.door, words_for(visit, denial), choices(*rules, visit, denial), is_busy);
        if (!choice) co_return std::nullopt;
        visit.client.typed = choice->address;
        visit.address = parse_address(choice->address);
        begun = std::move(choice->begun);
    }
    co_return std::nullopt;
}

std::string reason_of(relay::Relay::End end, const relay::Relay& relay, const Session& session,
                      const ssh::Door& outermost) {
    switch (end) {
        case relay::Relay::End::record_failed:
            return "record_failure";
        case relay::Relay::End::stopped:
            return session.stop_reason();
        case relay::Relay::End::operator_left:
            if (relay.is_all_reported()) return session.ended_by_signal() ? "signal" : "exit";
            return outermost.was_cut() ? "network_error" : "operator_disconnect";
        case relay::Relay::End::target_left:
            return relay.is_all_reported() ? "exit" : "target_disconnect";
    }
    return "network_error";
}

const char* reason_of(const Error& error) {
    switch (error.code()) {
        case Code::host_key:
            return "host_key_refused";
        case Code::target_auth:
            return "target_auth_failed";
        case Code::record:
            return "record_failure";
        default:
            return "target_unreachable";
    }
}

/// Says why there is no session on every channel, until the operator leaves.
boost::asio::awaitable<void> part(const Visit& visit, std::string words, std::optional<relay::Begun> begun,
                                  const IsBusy& is_busy) {
    if (begun) {
        Console console(*begun->channel);
        console.set_terminal(true);
        co_await console.write(ssh::Stream::error, "sallyport: " + words + "\n");
        console.finish(255);
    }
    (void)co_await lobby(visit.door, std::move(words), {}, is_busy);
}

/// No session came to be: the operator hears why.
boost::asio::awaitable<void> give_up(const Visit& visit, const Error& error,
                                     std::optional<relay::Begun> begun, Carried& carried,
                                     const IsBusy& is_busy) {
    carried.by(nullptr);
    log::error("a session could not start", {{"user", visit.who.operator_name()}, {"cause", error.what()}});
    const bool is_theirs = error.code() == Code::limit;
    const char* ours = "this session cannot be recorded, so it does not start";
    auto words = part(visit, is_theirs ? error.what() : ours, std::move(begun), is_busy);
    co_await std::move(words);
}

/// From the start that goes on record to the end that is on record.
boost::asio::awaitable<void> hold(const Visit& visit, Session& session, std::optional<relay::Begun> begun,
                                  Carried& carried, const IsBusy& is_busy) {
    ssh::Door& door = visit.door;
    std::unique_ptr<ssh::Link> link;
    std::optional<Error> failure;
    try {
        link = co_await dial(visit.live, visit.wire, session);
    } catch (const std::exception& error) {
        failure = to_error(error);
    }
    if (const auto unrecorded = co_await session.started())
        co_return co_await give_up(visit, *unrecorded, std::move(begun), carried, is_busy);
    if (failure) {
        carried.by(nullptr);
        co_await session.finish(reason_of(*failure), failure->what());
        co_return co_await part(visit, failure->what(), std::move(begun), is_busy);
    }
    relay::Relay relay(door, *link, session);
    session.begin_watch(relay, door, *link, is_busy);
    carried.by(&relay);
    auto end = co_await relay.run(std::move(begun));
    carried.by(nullptr);
    // Whoever broke the protocol ended the session, whoever was seen to leave first.
    if (end == relay::Relay::End::operator_left && door.fault().empty() && !link->fault().empty())
        end = relay::Relay::End::target_left;
    const std::string detail = relay.failure()          ? relay.failure()->what()
                               : !door.fault().empty()  ? "the operator broke the protocol: " + door.fault()
                               : !link->fault().empty() ? "the target broke the protocol: " + link->fault()
                                                        : "";
    co_await session.finish(reason_of(end, relay, session, visit.outermost), detail);
}

boost::asio::awaitable<void> attend(Visit& visit, Carried& carried, const IsBusy& is_busy) {
    const Live& live = visit.live;
    if (visit.address.is_reserved) carried.by(nullptr);
    if (visit.address.is_reserved) co_return co_await reception(live, visit.door, visit.who, is_busy);
    auto way = co_await find_way(visit, carried, is_busy);
    if (!way) co_return;
    carried.expect(way->grant);
    std::unique_ptr<Session> session;
    std::optional<Error> failure;
    try {
        session = Session::start(live, *visit.wire, visit.who, way->grant, visit.client);
    } catch (const Error& error) {
        failure = error;
    }
    if (failure) co_return co_await give_up(visit, *failure, std::move(way->begun), carried, is_busy);
    co_await hold(visit, *session, std::move(way->begun), carried, is_busy);
}

}  // namespace

boost::asio::awaitable<void> visit(Visit visit) {
    Jumps jumps(visit);
    RefusedOpens refused(visit);
    Carried carried(visit, refused);
    visit.door.on_refused_open(
        [&](const ssh::Door::RefusedOpen& open) { refused.note(open.kind, open.reason); });
    visit.door.on_forward([&](ssh::ForwardOpen open) {
        if (!jumps.take(open, carried.may_carry(open))) carried.take(std::move(open));
    });
    const IsBusy is_busy = [&] { return jumps.is_busy(); };
    try {
        co_await attend(visit, carried, is_busy);
    } catch (const std::exception& error) {
        log::error("a connection ends by an error",
                   {{"connection", visit.client.connection_id}, {"cause", error.what()}});
    }
    co_await visit.door.leave(std::chrono::steady_clock::now() + parting);
    co_await jumps.finish();
}

}  // namespace sallyport::session
