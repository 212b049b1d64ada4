// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/relay/relay.h"
#include "daemon/ssh/door.h"

namespace sallyport::session {

/// What an operator who named no host of theirs chose from the list on a terminal.
struct Choice {
    std::string address;  // as it would have been typed
    relay::Begun begun;
};

/// Whether an operator's connection carries something beside its session: then it is not idle.
using IsBusy = std::function<bool()>;

/// Waits for a session channel; false if the operator left, or for 5 minutes neither asked for anything nor
/// was busy.
[[nodiscard]] boost::asio::awaitable<bool> has_come(ssh::Door& door, const IsBusy& is_busy);

/// Answers every channel of an operator who has no session: on a terminal with `hosts` to choose from, else
/// with one plain line on stderr and exit status 255. Ends with a choice, or when the operator leaves (at
/// most `patience`).
[[nodiscard]] boost::asio::awaitable<std::optional<Choice>> lobby(ssh::Door& door, std::string words,
                                                                  std::vector<std::string> hosts,
                                                                  const IsBusy& is_busy);

}  // namespace sallyport::session
