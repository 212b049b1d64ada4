// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/event.h"

namespace sallyport::store {

/// An event's type; compared as text, since comparing JSON with text allocates where it may not throw.
[[nodiscard]] const std::string& type_of(const Json& event);
/// The session that an event is about, or empty.
[[nodiscard]] std::string session_of(const Json& event);
/// The id by which an event is found beside its type: of its session, else of its run, sync, instance, key
/// or activity; empty if it has none.
[[nodiscard]] std::string about_of(const Json& event);

/// The resource that an event begins or changes.
struct Subject {
    const char* kind = "";  // ssh_session, action_run, workspace_sync, cli_instance, …
    std::string id;
};
[[nodiscard]] std::optional<Subject> subject_of(const Json& event);

/// A resource after one of its events, a session's without its channels; a pure function, so that `verify`
/// derives it anew. `before` is absent at its first. Absent if the event changes nothing.
[[nodiscard]] std::optional<Json> project(const std::optional<Json>& before, const Json& event);

/// By what a resource is found.
struct Columns {
    std::string user;
    std::string workspace;
    std::string run_id;
    std::string status;  // open or ended of a session; else its own
    std::string began;
    std::string ended;               // empty while it goes on
    std::vector<std::string> names;  // of hosts: inventory name, address, what it calls itself
};
[[nodiscard]] Columns columns_of(const Json& resource);

/// True for the event that begins a channel; a forward is one.
[[nodiscard]] bool is_channel_start(const std::string& type);

/// One of a session's channels, in the same way. Apart from the session, so that one of thousands costs no
/// more than the first.
[[nodiscard]] std::optional<Json> project_channel(const std::optional<Json>& before, const Json& event);

/// The resource of a connection: its opening, with `closed_at` once it is closed. Absent if the event is of
/// another kind.
[[nodiscard]] std::optional<Json> project_connection(const std::optional<Json>& before, const Json& event);

}  // namespace sallyport::store
