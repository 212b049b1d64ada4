// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/forwards.h"

#include <algorithm>

#include "daemon/runtime/log.h"
#include "daemon/taps/ssh_banner.h"

namespace sallyport::session {
namespace {

constexpr int max_denials = 100;  // of a session that are on record; the rest is counted and in the log alone

}  // namespace

Event Forwards::event(const char* type, const std::string& channel_id) const {
    Event out(type);
    out.put("session_id", session_id_).put("channel_id", channel_id);
    return out;
}

boost::asio::awaitable<std::optional<std::string>> Forwards::pass(relay::Line& line) {
    const ForwardPlace& place = *line.forward;
    const auto rules = live_.rules.get();
    const auto verdict = permits_forward(*rules, grant_, who_, place, wall_now());
    if (const auto* denial = std::get_if<Denial>(&verdict)) {
        deny(place, *denial);
        co_return "a forward to this place is not permitted here";
    }
    open_[line.id] = {place, std::get<ForwardGrant>(verdict).may_carry_ssh};
    line.kind = "forward";
    Event opened = event("forward.open", line.id);
    opened.text("destination", to_text(place));
    if (!line.origin.empty()) opened.text("origin", line.origin);
    co_await live_.log.commit(std::move(opened));
    line.is_on_record = true;
    co_return std::nullopt;
}

void Forwards::deny(const ForwardPlace& place, const Denial& denial) {
    ++live_.metrics.counter("sallyport_refusals_total", "Sessions and requests that policy refused.");
    log::debug("a forward was refused", {{"session", session_id_}, {"to", to_text(place)}});
    if (++denials_ > max_denials) return;
    Event denied = denied_event(client_, who_.operator_name());
    denied.put("workspace", grant_.workspace().settings.name).put("host", grant_.target().name);
    denied.text("login", grant_.login());
    denied.put("kind", "forward").put("reason", denial.reason);
    if (!denial.rule.empty()) denied.put("rule", denial.rule);
    denied.text("destination", to_text(place));
    live_.log.post(std::move(denied));
}

std::unique_ptr<relay::Tap> Forwards::tap(const relay::Line& line) {
    auto seen = [this, id = line.id](relay::Direction direction) {
        const Open& open = open_.at(id);
        Event found = event("forward.ssh_seen", id);
        found.text("destination", to_text(open.place));
        found.put("from", direction == relay::Direction::to_target ? "operator" : "target");
        found.put("permitted", open.may_carry_ssh);
        live_.log.post(std::move(found));
        return open.may_carry_ssh;
    };
    return std::make_unique<taps::SshBanner>(std::move(seen));
}

void Forwards::ended(const relay::Line& line, const relay::LineEnd& end) {
    Event closed = event("forward.close", line.id);
    closed.put("duration_seconds", whole_seconds(line.started, std::chrono::steady_clock::now()).count());
    closed.put("bytes_in", end.bytes_in).put("bytes_out", end.bytes_out);
    if (!end.cause.empty()) closed.text("cause", end.cause);
    live_.log.post(std::move(closed));
    open_.erase(line.id);
}

bool Forwards::are_permitted(const Rules& rules) const {
    return std::all_of(open_.begin(), open_.end(), [&](const auto& entry) {
        const ForwardPlace& place = entry.second.place;
        const auto verdict = permits_forward(rules, grant_, who_, place, wall_now());
        return std::holds_alternative<ForwardGrant>(verdict);
    });
}

}  // namespace sallyport::session
