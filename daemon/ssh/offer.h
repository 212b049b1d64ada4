// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/ssh/handles.h"

namespace sallyport::ssh {

/// What a client offered in one authentication request (RFC 4252 §5, §7), read out of libssh.
struct Offer {
    enum class State { asked, is_signed, is_refused };  // a query, a verified signature, refused by libssh
    bool is_public_key = false;
    bool is_none = false;
    std::string name;  // the SSH user name
    State state = State::asked;
    std::string blob;         // of the key; empty if libssh does not know its type
    std::string fingerprint;  // SHA256:…
    bool is_certificate = false;
    bool is_security_key = false;
    bool is_touched = false;
};

/// Reads an authentication request, which stays the caller's.
[[nodiscard]] Offer read_offer(ssh_message message);

}  // namespace sallyport::ssh
