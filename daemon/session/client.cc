// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/client.h"

namespace sallyport::session {

void put_client(Event& event, const Client& client, bool with_port) {
    Json own = {{"address", client.address}};
    if (with_port) own["port"] = client.port;
    event.put("client", std::move(own));
    event.text_in("client", "version", client.version);
    event.text_in("client", "key_fingerprint", client.key_fingerprint);
    event.text_in("client", "auth_method", client.auth_method);
    if (!client.lent_by.empty()) event.text_in("client", "lent_by", client.lent_by);
}

void put_jump(Event& event, const Client& client) {
    if (!client.jump) return;
    event.put("jump", Json{{"port", client.jump->port}});
    event.text_in("jump", "host", client.jump->host);
    event.text_in("jump", "version", client.jump->version);
    if (!client.jump->key_claimed.empty()) event.text_in("jump", "key_claimed", client.jump->key_claimed);
}

Event denied_event(const Client& client, const std::string& user) {
    Event event("access.denied");
    event.put("connection_id", client.connection_id).put("user", user);
    put_client(event, client, true);
    put_jump(event, client);
    event.text("typed", client.typed);
    return event;
}

}  // namespace sallyport::session
