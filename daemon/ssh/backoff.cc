// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/backoff.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/digest.h"

namespace sallyport::ssh {
namespace {

constexpr std::chrono::milliseconds longest{2000};

/// Between a half and one and a half of `pause`.
std::chrono::milliseconds spread(std::chrono::milliseconds pause) {
    const auto chance = static_cast<unsigned char>(random_bytes(1).front());
    return pause * (128 + chance) / 256;
}

}  // namespace

boost::asio::awaitable<bool> Backoff::wait(SteadyTime deadline) {
    const SteadyTime until = std::chrono::steady_clock::now() + spread(next_);
    next_ = std::min(2 * next_, longest);
    if (until >= deadline) co_return false;
    timer_.expires_at(until);
    boost::system::error_code cancelled;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    co_return !cancelled;
}

}  // namespace sallyport::ssh
