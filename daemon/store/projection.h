// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/event.h"

namespace sallyport::store {

/// An event's type; compared as text, since comparing JSON with text allocates where it may not throw.
[[nodiscard]] const std::string& type_of(const Json& event);
/// The session that an event is about, or empty.
[[nodiscard]] std::string session_of(const Json& event);

/// The resource `ssh_session` without its channels after its start or end; a pure function, so that `verify`
/// derives it anew. `before` is absent at the start. Absent if the event changes nothing.
[[nodiscard]] std::optional<Json> project_session(const std::optional<Json>& before, const Json& event);

/// True for the event that begins a channel; a forward is one.
[[nodiscard]] bool is_channel_start(const std::string& type);

/// One of a session's channels, in the same way. Apart from the session, so that one of thousands costs no
/// more than the first.
[[nodiscard]] std::optional<Json> project_channel(const std::optional<Json>& before, const Json& event);

/// The resource of a connection: its opening, with `closed_at` once it is closed. Absent if the event is of
/// another kind.
[[nodiscard]] std::optional<Json> project_connection(const std::optional<Json>& before, const Json& event);

}  // namespace sallyport::store
