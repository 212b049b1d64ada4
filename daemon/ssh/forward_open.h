// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/ssh/handles.h"
#include "policy/forward_place.h"

namespace sallyport::ssh {

/// A forward that an operator asks for, to be answered once by its door: to a port (direct-tcpip, RFC 4254
/// §7.2), or to a socket in the target's file system (direct-streamlocal@openssh.com).
struct ForwardOpen {
    ForwardPlace place;
    std::string origin_host;  // what the client says of where it comes from
    std::uint16_t origin_port = 0;
    std::uint32_t reason = 1;  // of its refusal (RFC 4254 §5.1); the target's own once it has refused
    MessagePtr message;        // absent once answered
};

/// Reads a channel open, which stays the caller's; absent if it is no forward.
[[nodiscard]] std::optional<ForwardOpen> read_forward(ssh_message message);

/// Asks a target for the same; SSH_AGAIN until it has answered. It learns nothing of where the operator sits.
[[nodiscard]] int send_forward(ssh_channel channel, const ForwardOpen& forward);

}  // namespace sallyport::ssh
