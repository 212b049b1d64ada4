// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/clock.h"

namespace sallyport::ssh {

/// Pauses between tries, each about twice as long as the one before and at most about two seconds, so that
/// many who were turned away together do not come back together.
class Backoff {
 public:
    explicit Backoff(const boost::asio::any_io_executor& executor) : timer_(executor) {}

    /// Waits for the next pause; false at once where `deadline` would come first.
    [[nodiscard]] boost::asio::awaitable<bool> wait(SteadyTime deadline);

 private:
    boost::asio::steady_timer timer_;
    std::chrono::milliseconds next_{200};
};

}  // namespace sallyport::ssh
