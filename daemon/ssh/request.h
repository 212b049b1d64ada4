// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/ssh/handles.h"

namespace sallyport::ssh {

/// One channel request of an operator (RFC 4254 §6), to be answered once, in the order of arrival.
struct Request {
    enum class Kind {
        pty,
        env,
        shell,
        exec,
        subsystem,
        window_change,  // no answer
        signal,         // no answer
        unknown,        // whatever this libssh has no words for: agent and X11 forwarding are among them
    };

    Kind kind = Kind::unknown;
    std::string text;   // command, subsystem, signal name without SIG, env name, terminal type
    std::string value;  // of env
    int columns = 0;
    int rows = 0;
    int pixel_width = 0;
    int pixel_height = 0;
    MessagePtr message;  // absent where nothing is answered

    [[nodiscard]] bool starts() const {
        return kind == Kind::shell || kind == Kind::exec || kind == Kind::subsystem;
    }
};

/// Reads the fields of a channel request out of libssh's message, which it keeps for the answer.
[[nodiscard]] Request read_request(MessagePtr message);

}  // namespace sallyport::ssh
