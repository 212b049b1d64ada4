// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/relay/tap.h"
#include "daemon/ssh/forward_open.h"
#include "daemon/ssh/request.h"

namespace sallyport::relay {

/// What is known of one channel while it lives, for its record.
struct Line {
    std::string id;
    std::uint32_t number = 0;  // within the session, from 1
    std::string kind;          // shell, exec or subsystem once it was asked for
    struct Pty {
        std::string term;
        int columns = 0;
        int rows = 0;
    };
    std::optional<Pty> pty;
    std::vector<std::pair<std::string, std::string>> env;  // what the target took
    std::optional<ForwardPlace> forward;                   // where it goes; absent for a session channel
    std::string origin;  // of a forward to a port: what the client says of where it comes from
    SteadyTime started{};
    bool is_on_record = false;  // its start is committed
};

/// How a channel ended.
struct LineEnd {
    std::optional<ssh::Exit> exit;
    std::uint64_t bytes_in = 0;  // operator to target
    std::uint64_t bytes_out = 0;
    std::string cause;  // why it got nowhere or was ended; empty if it just ended
};

/// What every request passes before it goes out. The session implements it with `authorize` and the commit.
class Gate {
 public:
    virtual ~Gate() = default;
    /// Returns when the request may go out; for one that starts something, when its start is on disk.
    /// The words for the operator if it may not. Throws Error{Code::record} if it cannot be recorded.
    [[nodiscard]] virtual boost::asio::awaitable<std::optional<std::string>> pass(
        Line& line, const ssh::Request& request) = 0;
    /// As `pass`, for a forward: to where `line.forward` says.
    [[nodiscard]] virtual boost::asio::awaitable<std::optional<std::string>> pass_forward(Line& line) = 0;
    /// The tap of a channel that starts; lives until `ended`.
    [[nodiscard]] virtual std::unique_ptr<Tap> tap(const Line& line) = 0;
    virtual void ended(const Line& line, const LineEnd& end, Tap* tap) = 0;
};

}  // namespace sallyport::relay
