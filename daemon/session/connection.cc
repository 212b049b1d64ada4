// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/connection.h"

#include <boost/asio/post.hpp>

#include "common/ids.h"
#include "daemon/runtime/log.h"
#include "daemon/session/visit.h"

namespace sallyport::session {
namespace {

Client client_of(const ssh::Door& door, const Proven& who) {
    return {new_id(),
            door.peer().address,
            door.peer().port,
            door.version(),
            who.key_fingerprint(),
            who.auth_method(),
            door.typed(),
            {},
            who.lent() ? who.lent()->facts().lender : ""};
}

Event connection_event(const char* type, const Client& client, const Proven& who) {
    Event event(type);
    event.put("connection_id", client.connection_id).put("user", who.operator_name());
    return event;
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
    ssh::Door door(wire, arrival.fd.release(), arrival.bind, arrival.peer, rules->config.banner);
    std::function<bool()> is_evicted = [place = arrival.place] { return place->is_evicted(); };
    arrival.place->when_evicted([executor, weak = std::weak_ptr(wire)] {
        boost::asio::post(executor, [weak] {
            if (const auto waiting = weak.lock()) waiting->kick();
        });
    });
    const auto deadline = begun + rules->config.limits.login_grace;
    FindKey find = [&live, rules, source = arrival.peer.address](const std::string& blob) {
        if (const Operator* own = find_operator(*rules, blob)) return KnownKey{own};
        auto lent = live.lent_keys.find(blob, source);
        return lent ? KnownKey{find_operator(*rules, *lent), lent} : KnownKey{};
    };
    const auto who = co_await door.authenticate(std::move(find), deadline, std::move(is_evicted));
    arrival.place.reset();
    if (!who) co_return note_stranger(live, door);

    const Client client = client_of(door, *who);
    Event opened = connection_event("connection.open", client, *who);
    put_client(opened, client, true);
    opened.text("typed", client.typed);
    live.log.post(std::move(opened));
    ++live.metrics.counter("sallyport_logins_total", "Operators who were proven.");

    Visit own{live, door, wire, arrival.bind, *who, client, parse_address(door.typed()), door};
    co_await visit(std::move(own));

    Event closed = connection_event("connection.close", client, *who);
    closed.put("duration_seconds", whole_seconds(begun, std::chrono::steady_clock::now()).count());
    put_parting(closed, door, client);
    live.log.post(std::move(closed));
}

}  // namespace sallyport::session
