// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "daemon/session/client.h"
#include "daemon/session/live.h"
#include "daemon/ssh/door.h"
#include "policy/authorize.h"

namespace sallyport::session {

/// One SSH connection of a proven operator: the one that they made, or one behind it (`ssh -J`). What it
/// names outlives the visit.
struct Visit {
    const Live& live;
    ssh::Door& door;
    std::shared_ptr<ssh::Wire> wire;
    ssh_bind bind = nullptr;  // for connections behind this one
    const Proven& who;
    Client client;
    Address address;             // where it leads
    const ssh::Door& outermost;  // the connection that the network carries
    int depth = 0;               // how many connections this one is behind
    /// How many are open behind the outermost one, at every depth.
    std::shared_ptr<std::size_t> behind = std::make_shared<std::size_t>(0);
};

/// All that the operator does there, until they leave or it ends; the door is disconnected then.
[[nodiscard]] boost::asio::awaitable<void> visit(Visit visit);

}  // namespace sallyport::session
