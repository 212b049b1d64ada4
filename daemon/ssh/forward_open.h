// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/ssh/handles.h"

namespace sallyport::ssh {

/// A forward that an operator asks for (direct-tcpip, RFC 4254 §7.2), to be answered once by its door.
struct ForwardOpen {
    std::string host;  // as the client names it, never looked up here
    std::uint16_t port = 0;
    std::string origin_host;  // what the client says of where it comes from
    std::uint16_t origin_port = 0;
    std::uint32_t reason = 1;  // of its refusal (RFC 4254 §5.1); the target's own once it has refused
    MessagePtr message;        // absent once answered
};

}  // namespace sallyport::ssh
