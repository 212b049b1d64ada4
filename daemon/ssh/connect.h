// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "common/clock.h"
#include "daemon/runtime/pool.h"

namespace sallyport::ssh {

/// A connected TCP socket to `host`: a name is looked up on the pool, then each of its addresses is tried in
/// turn. The caller owns the descriptor. Throws Error{Code::unreachable} with every address and its reason.
[[nodiscard]] boost::asio::awaitable<int> connect_tcp(boost::asio::any_io_executor executor,
                                                      runtime::Pool& pool, std::string host,
                                                      std::uint16_t port, SteadyTime deadline);

}  // namespace sallyport::ssh
