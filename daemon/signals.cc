// SPDX-License-Identifier: Apache-2.0
#include "daemon/signals.h"

#include <csignal>
#include <utility>

namespace sallyport {

using namespace std::chrono_literals;

Signals::Signals() : signals_(io_, SIGTERM, SIGINT, SIGHUP) {
    take_next();
}

void Signals::take_next() {
    signals_.async_wait([this](boost::system::error_code error, int number) {
        if (error) return;
        (number == SIGHUP ? is_reload_wanted_ : is_end_wanted_) = true;
        take_next();
    });
}

void Signals::wait_for_the_end(const std::function<void()>& reload) {
    while (!std::exchange(is_end_wanted_, false)) {
        io_.run_one();
        if (std::exchange(is_reload_wanted_, false)) reload();
    }
}

void Signals::wait_until(SteadyTime deadline, const std::function<bool()>& is_done) {
    while (!is_done() && std::chrono::steady_clock::now() < deadline && !std::exchange(is_end_wanted_, false))
        io_.run_one_for(20ms);
}

}  // namespace sallyport
