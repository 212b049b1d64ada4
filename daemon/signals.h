// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>

#include "common/clock.h"

namespace sallyport {

/// SIGTERM, SIGINT and SIGHUP: while this lives none of them ends the program by itself, and none is lost.
class Signals {
 public:
    Signals();

    /// Where other work of the main thread may wait: it runs between the signals.
    [[nodiscard]] boost::asio::any_io_executor executor() { return io_.get_executor(); }

    /// Calls `reload` after each SIGHUP; returns at the first SIGTERM or SIGINT.
    void wait_for_the_end(const std::function<void()>& reload);

    /// Waits until `is_done()`, at most until `deadline`, or for the next SIGTERM or SIGINT.
    void wait_until(SteadyTime deadline, const std::function<bool()>& is_done);

 private:
    void take_next();

    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_;
    bool is_reload_wanted_ = false;
    bool is_end_wanted_ = false;
};

}  // namespace sallyport
