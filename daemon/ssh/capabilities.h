// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace sallyport::ssh {

/// What the linked libssh can do; what it lacks is off, and said at start (docs/libssh.md).
struct Capabilities {
    std::string version;
    bool post_quantum = false;     // mlkem768x25519 and sntrup761x25519 key exchange
    bool sk_touch = false;         // shows whether a security key was touched
    bool refused_keys = false;     // refused keys reach us, so that the client gets its failure answer
    bool quiet_channels = false;   // channel I/O never polls inside
    bool borrows_sockets = false;  // a socket given to it stays non-blocking, and ours to close
    bool refusal_words = false;    // a refused channel open says why
    bool raw_requests = false;     // terminal modes, break, eow@openssh.com and sockets are seen and sent
    bool exact_windows = false;    // a peer is credited with what was read, and may not send more

    /// What is off, one sentence each; empty with our own build.
    [[nodiscard]] std::vector<std::string> missing() const;
};

/// The capabilities of the library this program runs with. Throws Error{Code::config} if it is not the one it
/// was built for.
[[nodiscard]] const Capabilities& capabilities();

}  // namespace sallyport::ssh
