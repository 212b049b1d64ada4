// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include "daemon/session/live.h"
#include "daemon/session/lobby.h"
#include "daemon/ssh/door.h"

namespace sallyport::session {

/// Serves `sallyport@bastion`: the bastion's own commands (help, whoami, hosts, keys) and the subsystem
/// `api`, until the operator leaves, or is idle for too long and the connection not busy with others.
[[nodiscard]] boost::asio::awaitable<void> reception(const Live& live, ssh::Door& door, const Proven& who,
                                                     const IsBusy& is_busy);

}  // namespace sallyport::session
