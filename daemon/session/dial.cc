// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/dial.h"

#include <algorithm>

#include "common/error.h"
#include "daemon/runtime/log.h"

namespace sallyport::session {
namespace {

using ssh::HostKeyFacts;

/// The host keys that a target may show.
struct Trust {
    std::vector<HostKey> known;    // from the known_hosts file, or pinned
    std::vector<HostKey> revoked;  // never, whatever else is known
    bool may_pin = false;          // the workspace says pin-on-first-use, and nothing is known yet
};

enum class Verdict { known, pin, unknown, changed, revoked };

bool holds(const std::vector<HostKey>& keys, const HostKeyFacts& shown) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const HostKey& key) { return key.base64 == shown.base64; });
}

Verdict judge(const Trust& trust, const HostKeyFacts& shown) {
    if (holds(trust.revoked, shown)) return Verdict::revoked;
    if (holds(trust.known, shown)) return Verdict::known;
    if (!trust.known.empty()) return Verdict::changed;
    return trust.may_pin ? Verdict::pin : Verdict::unknown;
}

/// The key that was pinned first is the one: what a second session pinned at the same moment never counts.
boost::asio::awaitable<std::optional<HostKey>> first_pin(const Live& live, const Grant& grant) {
    std::vector<store::Pin> pins;
    std::function<void()> work = [&] {
        pins = live.store.pins(grant.workspace().settings.name, grant.target().ansible_host,
                               grant.target().port);
    };
    co_await live.pool.run(std::move(work));
    if (pins.empty()) co_return std::nullopt;
    co_return HostKey{pins.front().key_type, pins.front().key};
}

boost::asio::awaitable<Trust> trust_for(const Live& live, const Grant& grant) {
    const Target& target = grant.target();
    const auto found = grant.workspace().known_hosts.lookup(target.ansible_host, target.port);
    Trust trust{found.keys, found.revoked, grant.workspace().may_pin()};
    if (!trust.may_pin || !trust.known.empty()) co_return trust;
    if (auto pin = co_await first_pin(live, grant)) trust.known.push_back(std::move(*pin));
    co_return trust;
}

Event host_key_event(const char* type, const Grant& grant, const std::string& session_id,
                     const HostKeyFacts& shown) {
    Event event(type);
    event.put("session_id", session_id).put("workspace", grant.workspace().settings.name);
    event.put("host", grant.target().ansible_host).put("port", grant.target().port);
    event.put("key_type", shown.type);
    event.put("fingerprint", shown.fingerprint);
    return event;
}

const char* word_for(Verdict verdict) {
    return verdict == Verdict::unknown ? "unknown" : verdict == Verdict::changed ? "changed" : "revoked";
}

/// Throws, with the refusal on record.
[[noreturn]] void refuse(const Live& live, const Grant& grant, const std::string& session_id,
                         const HostKeyFacts& shown, Verdict verdict) {
    Event refused = host_key_event("host_key.refused", grant, session_id, shown);
    refused.put("reason", word_for(verdict));
    live.log.post(std::move(refused));
    throw Error(Code::host_key, "the host key of " + grant.target().name + " (" + shown.type + " " +
                                    shown.fingerprint + ") is " + word_for(verdict) +
                                    "; ask whoever keeps the workspace to check it");
}

/// Nothing is trusted that is not on record: the pin is a projection of its event.
boost::asio::awaitable<void> pin(const Live& live, const Grant& grant, const std::string& session_id,
                                 const HostKeyFacts shown) {
    Event pinned = host_key_event("host_key.pinned", grant, session_id, shown);
    pinned.put("key", shown.base64);
    co_await live.log.commit(std::move(pinned));
    const auto first = co_await first_pin(live, grant);
    if (!first || first->base64 != shown.base64) refuse(live, grant, session_id, shown, Verdict::changed);
}

boost::asio::awaitable<void> check_host_key(const Live& live, const Grant& grant,
                                            const std::string& session_id, const Trust& trust,
                                            const HostKeyFacts shown) {
    const Verdict verdict = judge(trust, shown);
    if (verdict == Verdict::pin) {
        auto task = pin(live, grant, session_id, shown);
        co_await std::move(task);
    } else if (verdict != Verdict::known) {
        refuse(live, grant, session_id, shown, verdict);
    }
}

std::vector<std::string> types_of(const Trust& trust) {
    std::vector<std::string> out;
    for (const HostKey& key : trust.known) out.push_back(key.type);
    return out;
}

}  // namespace

boost::asio::awaitable<std::unique_ptr<ssh::Link>> dial(const Live& live, std::shared_ptr<ssh::Wire> wire,
                                                        Session& session) {
    const Grant& grant = session.grant();
    auto deadline = std::chrono::steady_clock::now() + live.rules.get()->config.timeouts.connect;
    const Trust trust = co_await trust_for(live, grant);
    auto link = co_await ssh::Link::connect(std::move(wire), live.names, grant, types_of(trust), deadline);
    const auto connected = std::chrono::steady_clock::now();
    if (auto unrecorded = co_await session.started()) throw Error(std::move(*unrecorded));
    deadline += std::chrono::steady_clock::now() - connected;  // a slow disk is not the target's fault
    co_await check_host_key(live, grant, session.id(), trust, link->host_key());
    co_await link->login(grant, grant.workspace().key, deadline);
    co_return link;
}

}  // namespace sallyport::session
