// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include "daemon/desk/desk.h"
#include "daemon/session/console.h"

namespace sallyport::session {

/// Carries the API over an SSH channel: pumps `console` into a socket pair whose other end the API serves for
/// `caller`. Returns when either side is done. Both ways wait for each other, so memory has a fixed bound.
[[nodiscard]] boost::asio::awaitable<void> carry_api(desk::Desk& desk, desk::Caller caller, Console& console,
                                                     boost::asio::any_io_executor executor);

}  // namespace sallyport::session
