// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include "daemon/desk/caller.h"
#include "daemon/session/live.h"
#include "daemon/ssh/channel.h"

namespace sallyport::session {

/// Carries the API over an SSH channel, for `caller`: the channel's bytes go to and from a socket pair whose
/// other end the API serves. Returns when either side is done. Both ways wait for each other, so memory has a
/// fixed bound.
[[nodiscard]] boost::asio::awaitable<void> carry_api(const Live& live, desk::Caller caller,
                                                     ssh::Channel& channel);

}  // namespace sallyport::session
