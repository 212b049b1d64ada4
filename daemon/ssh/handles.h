// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libssh/libssh.h>
#include <libssh/server.h>

#include <memory>

/// libssh's handles as owners: each is freed by its own function when dropped.
namespace sallyport::ssh {

template <auto Free>
struct FreeWith {
    void operator()(auto* handle) const noexcept { Free(handle); }
};

using SessionPtr = std::unique_ptr<ssh_session_struct, FreeWith<ssh_free>>;
using BindPtr = std::unique_ptr<ssh_bind_struct, FreeWith<ssh_bind_free>>;
using EventPtr = std::unique_ptr<ssh_event_struct, FreeWith<ssh_event_free>>;
using KeyPtr = std::unique_ptr<ssh_key_struct, FreeWith<ssh_key_free>>;
using MessagePtr = std::unique_ptr<ssh_message_struct, FreeWith<ssh_message_free>>;

struct FreeString {
    void operator()(char* text) const noexcept { ssh_string_free_char(text); }
};
using TextPtr = std::unique_ptr<char, FreeString>;

}  // namespace sallyport::ssh
