// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "daemon/session/live.h"
#include "daemon/session/session.h"
#include "daemon/ssh/link.h"

namespace sallyport::session {

/// Opens our own connection to the target of a session: connect while its start goes on record, then look at
/// the host key and log in; at most `timeouts.connect` until it is reached. Throws Error: {unreachable},
/// {host_key} (an event is written), {target_auth}, {record}.
[[nodiscard]] boost::asio::awaitable<std::unique_ptr<ssh::Link>> dial(const Live& live,
                                                                      std::shared_ptr<ssh::Wire> wire,
                                                                      Session& session);

}  // namespace sallyport::session
