// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/connection.h"

#include <boost/asio/post.hpp>

#include "common/error.h"
#include "common/escape.h"
#include "common/ids.h"
#include "daemon/relay/relay.h"
#include "daemon/runtime/log.h"
#include "daemon/session/console.h"
#include "daemon/session/dial.h"
#include "daemon/session/lobby.h"
#include "daemon/session/reception.h"
#include "daemon/session/session.h"

namespace sallyport::session {
namespace {

using namespace std::chrono_literals;
constexpr auto parting = 5s;   // to read the last words and hang up
constexpr int max_tries = 20;  // names that are tried in the list; each refusal is on record

/// A session's way to its target: the grant, and the channel on which the host was chosen, if one was.
struct Way {
    Grant grant;
    std::optional<relay::Begun> begun;
};

Client client_of(const ssh::Door& door, const Proven& who) {
    return {new_id(),          door.peer().address, door.peer().port, door.version(), who.key_fingerprint(),
            who.auth_method(), door.typed()};
}

Event connection_event(const char* type, const Client& client, const Proven& who) {
    Event event(type);
    event.put("connection_id", client.connection_id).put("user", who.operator_name());
    return event;
}

void post_denial(const Live& live, const Client& client, const Proven& who, const Denial& denial) {
    Event event = connection_event("access.denied", client, who);
    put_client(event, client, true);
    event.text("typed", client.typed).put("kind", "session").put("reason", denial.reason);
    if (!denial.rule.empty()) event.put("rule", denial.rule);
    live.log.post(std::move(event));
    ++live.metrics.counter("sallyport_refusals_total", "Sessions and requests that policy refused.");
    log::info("access denied", {{"connection", client.connection_id},
                                {"user", who.operator_name()},
                                {"typed", client.typed},
                                {"reason", denial.reason}});
}

/// Resolves and authorizes what was typed, or what is chosen from the list after it. Absent if the operator
/// leaves.
boost::asio::awaitable<std::optional<Way>> find_way(const Live& live, ssh::Door& door, const Proven& who,
                                                    const Client& client) {
    std::string typed = door.typed();
    std::optional<relay::Begun> begun;
    for (int tries = 0; tries < max_tries; ++tries) {
        const auto rules = live.rules.get();
        Verdict verdict = authorize(*rules, who, parse_address(typed), wall_now());
        if (auto* grant = std::get_if<Grant>(&verdict)) co_return Way{std::move(*grant), std::move(begun)};
        post_denial(live, client, who, std::get<Denial>(verdict));
        std::vector<std::string> hosts;
        for (const Reachable& host : hosts_for(*rules, who)) hosts.push_back(host.typed);
        begun.reset();
        auto choice = co_await lobby(door, "no such host for you: " + escaped(typed), std::move(hosts));
        if (!choice) co_return std::nullopt;
        typed = choice->address;
        begun = std::move(choice->begun);
    }
    co_return std::nullopt;
}

std::string reason_of(relay::Relay::End end, const relay::Relay& relay, const Session& session,
                      const ssh::Door& door) {
    switch (end) {
        case relay::Relay::End::record_failed:
            return "record_failure";
        case relay::Relay::End::stopped:
            return session.stop_reason();
        case relay::Relay::End::operator_left:
            if (relay.is_all_reported()) return session.ended_by_signal() ? "signal" : "exit";
            return door.was_cut() ? "network_error" : "operator_disconnect";
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
boost::asio::awaitable<void> part(ssh::Door& door, std::string words, std::optional<relay::Begun> begun) {
    if (begun) {
        Console console(*begun->channel);
        console.set_terminal(true);
        co_await console.write(ssh::Stream::error, "sallyport: " + words + "\n");
        console.finish(255);
    }
    co_await lobby(door, std::move(words), {});
}

/// From the start that is on record to the end that is on record.
boost::asio::awaitable<void> hold(const Live& live, ssh::Door& door, std::shared_ptr<ssh::Wire> wire,
                                  Session& session, std::optional<relay::Begun> begun) {
    std::unique_ptr<ssh::Link> link;
    std::optional<Error> failure;
    try {
        link = co_await dial(live, wire, session.grant(), session.id());
    } catch (const std::exception& error) {
        failure = to_error(error);
    }
    if (failure) {
        co_await session.finish(reason_of(*failure), failure->what());
        co_return co_await part(door, failure->what(), std::move(begun));
    }
    relay::Relay relay(door, *link, session);
    session.begin_watch(relay, door, *link);
    auto end = co_await relay.run(std::move(begun));
    // Whoever broke the protocol ended the session, whoever was seen to leave first.
    if (end == relay::Relay::End::operator_left && door.fault().empty() && !link->fault().empty())
        end = relay::Relay::End::target_left;
    const std::string detail = relay.failure()          ? relay.failure()->what()
                               : !door.fault().empty()  ? "the operator broke the protocol: " + door.fault()
                               : !link->fault().empty() ? "the target broke the protocol: " + link->fault()
                                                        : "";
    co_await session.finish(reason_of(end, relay, session, door), detail);
}

/// All that a proven operator does on one connection.
boost::asio::awaitable<void> attend(const Live& live, ssh::Door& door, std::shared_ptr<ssh::Wire> wire,
                                    const Proven& who, const Client& client) {
    if (parse_address(door.typed()).is_reserved) co_return co_await reception(live, door, who);
    auto way = co_await find_way(live, door, who, client);
    if (!way) co_return;
    std::unique_ptr<Session> session;
    std::optional<Error> failure;
    try {
        session = co_await Session::start(live, *wire, who, way->grant, client);
    } catch (const Error& error) {
        failure = error;
    }
    if (failure) {
        log::error("a session could not start", {{"user", who.operator_name()}, {"cause", failure->what()}});
        const bool is_theirs = failure->code() == Code::limit;
        co_return co_await part(
            door, is_theirs ? failure->what() : "this session cannot be recorded, so it does not start",
            std::move(way->begun));
    }
    co_await hold(live, door, wire, *session, std::move(way->begun));
}

/// Puts channels of kinds that are not relayed on record: a hundred a connection, the rest is in the log
/// alone.
void record_refused_opens(const Live& live, ssh::Door& door, const Client& client, const Proven& who) {
    door.on_refused_open([&, left = 100](const ssh::Door::RefusedOpen& open) mutable {
        log::debug("a channel was refused",
                   {{"connection", client.connection_id}, {"kind", open.kind}, {"to", open.destination}});
        if (left-- <= 0) return;
        Event event = connection_event("access.denied", client, who);
        put_client(event, client, true);
        event.text("typed", client.typed).put("kind", open.kind).put("reason", open.reason);
        if (!open.destination.empty()) event.text("destination", open.destination);
        live.log.post(std::move(event));
    });
}

/// How the connection ended; an operator who broke the protocol is in the log as well.
void put_parting(Event& closed, const ssh::Door& door, const Client& client) {
    if (door.fault().empty()) {
        closed.put("reason", door.was_cut() ? "network_error" : "closed");
        return;
    }
    closed.put("reason", "protocol_error").text("detail", door.fault());
    log::warn("an operator broke the protocol",
              {{"connection", client.connection_id}, {"source", client.address}, {"cause", door.fault()}});
}

void note_stranger(const Live& live, const ssh::Door& door) {
    live.log.auth_failed(door.reason(), door.peer().address, door.typed());
    ++live.metrics.counter("sallyport_auth_failures_total", "Connections that ended without anybody proven.");
    log::debug("nobody was proven",
               {{"source", door.peer().address}, {"reason", door.reason()}, {"typed", door.typed()}});
}

}  // namespace

boost::asio::awaitable<void> serve(const Live& live, boost::asio::any_io_executor executor, Arrival arrival) {
    const auto begun = std::chrono::steady_clock::now();
    const auto rules = live.rules.get();
    const auto wire = std::make_shared<ssh::Wire>(executor);
    ssh::Door door(wire, arrival.fd, arrival.bind, arrival.peer, rules->config.banner);
    std::function<bool()> is_evicted = [place = arrival.place] { return place->is_evicted(); };
    arrival.place->when_evicted([executor, weak = std::weak_ptr(wire)] {
        boost::asio::post(executor, [weak] {
            if (const auto waiting = weak.lock()) waiting->kick();
        });
    });
    const auto deadline = begun + rules->config.limits.login_grace;
    const auto who = co_await door.authenticate(*rules, deadline, std::move(is_evicted));
    arrival.place.reset();
    if (!who) co_return note_stranger(live, door);

    const Client client = client_of(door, *who);
    Event opened = connection_event("connection.open", client, *who);
    put_client(opened, client, true);
    opened.text("typed", client.typed);
    live.log.post(std::move(opened));
    ++live.metrics.counter("sallyport_logins_total", "Operators who were proven.");

    record_refused_opens(live, door, client, *who);
    try {
        co_await attend(live, door, wire, *who, client);
    } catch (const std::exception& error) {
        log::error("a connection ends by an error",
                   {{"connection", client.connection_id}, {"cause", error.what()}});
    }
    co_await door.leave(std::chrono::steady_clock::now() + parting);

    Event closed = connection_event("connection.close", client, *who);
    closed.put("duration_seconds", whole_seconds(begun, std::chrono::steady_clock::now()).count());
    put_parting(closed, door, client);
    live.log.post(std::move(closed));
}

}  // namespace sallyport::session
