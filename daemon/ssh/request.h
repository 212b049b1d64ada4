// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
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
        line_break,     // "break" (RFC 4335)
        unknown,        // whatever this libssh has no words for: agent and X11 forwarding are among them
    };

    Kind kind = Kind::unknown;
    std::string text;   // command, subsystem, signal name without SIG, env name, terminal type
    std::string value;  // of env
    int columns = 0;
    int rows = 0;
    int pixel_width = 0;
    int pixel_height = 0;
    std::string modes;                    // of a terminal, encoded (RFC 4254 §8); empty if libssh shows none
    std::chrono::milliseconds length{0};  // of a break
    bool is_answer_wanted = true;         // of a break
    MessagePtr message;                   // absent where nothing is answered

    [[nodiscard]] bool starts() const {
        return kind == Kind::shell || kind == Kind::exec || kind == Kind::subsystem;
    }
};

/// Reads the fields of a channel request out of libssh's message, which it keeps for the answer.
[[nodiscard]] Request read_request(MessagePtr message);

/// Whether a channel request says that its sender will read no more (eow@openssh.com, OpenSSH's PROTOCOL
/// §2.1).
[[nodiscard]] bool is_end_of_write(ssh_message message);

/// Sends a request to a target: SSH_OK if it is granted or wants no answer, SSH_AGAIN until the answer has
/// come, SSH_ERROR if it is refused.
[[nodiscard]] int send_request(ssh_channel channel, const Request& request);

}  // namespace sallyport::ssh
