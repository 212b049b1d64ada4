// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "daemon/session/live.h"
#include "daemon/ssh/link.h"
#include "policy/authorize.h"

namespace sallyport::session {

/// Opens our own connection to the target of a grant: connect, look at its host key, log in; at most
/// `timeouts.connect` until it is reached. Throws Error: {unreachable}, {host_key} (an event is written),
/// {target_auth}, {record}.
[[nodiscard]] boost::asio::awaitable<std::unique_ptr<ssh::Link>> dial(const Live& live,
                                                                      std::shared_ptr<ssh::Wire> wire,
                                                                      const Grant& grant,
                                                                      const std::string& session_id);

}  // namespace sallyport::session
