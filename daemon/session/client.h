// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/event.h"

namespace sallyport::session {

/// A connection behind another one: where the client wanted to go, and what it says of itself there.
struct Jump {
    std::string host;  // as the client named it
    std::uint16_t port = 0;
    std::string version;
    std::string key_claimed;  // fingerprint of a key that signed; who it is was proven before
};

/// Who is connected, as events name it.
struct Client {
    std::string connection_id;
    std::string address;
    std::uint16_t port = 0;
    std::string version;
    std::string key_fingerprint;
    std::string auth_method;
    std::string typed;
    std::optional<Jump> jump = {};
    std::string lent_by = {};  // the operator's own key, if this one was lent
};

/// Puts `client{…}` into an event.
void put_client(Event& event, const Client& client, bool with_port);
/// A denial by what is known of the client; its kind and reason are the caller's to put.
[[nodiscard]] Event denied_event(const Client& client, const std::string& user);
/// Puts `jump{…}` into an event, if there was one.
void put_jump(Event& event, const Client& client);

}  // namespace sallyport::session
