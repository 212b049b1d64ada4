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

/// Answers every channel of an operator who has no session: on a terminal with `hosts` to choose from, else
/// with one plain line on stderr and exit status 255. Ends with a choice, or when the operator leaves (at
/// most `patience`).
[[nodiscard]] boost::asio::awaitable<std::optional<Choice>> lobby(ssh::Door& door, std::string words,
                                                                  std::vector<std::string> hosts);

}  // namespace sallyport::session
