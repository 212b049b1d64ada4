// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "daemon/runtime/descriptor.h"
#include "daemon/session/live.h"
#include "daemon/session/unproven.h"
#include "daemon/ssh/door.h"

namespace sallyport::session {

/// A connection that was just accepted.
struct Arrival {
    runtime::Descriptor fd;
    ssh::Peer peer;
    ssh_bind bind = nullptr;               // of the worker that serves it
    std::shared_ptr<UnprovenPlace> place;  // which it leaves by its proof
};

/// One operator connection, from the first byte to the last record. Owns the descriptor of `arrival`.
[[nodiscard]] boost::asio::awaitable<void> serve(const Live& live, boost::asio::any_io_executor executor,
                                                 Arrival arrival);

}  // namespace sallyport::session
