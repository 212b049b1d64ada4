// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "daemon/runtime/workers.h"

namespace sallyport::runtime {

/// Asks every worker for a sign of life each `period`; the last one to answer calls `alive` on its own
/// thread, and only then they are asked again: while one hangs there is no call. To be spawned on a worker;
/// `workers` outlive it.
boost::asio::awaitable<void> watch(Workers& workers, std::chrono::milliseconds period,
                                   std::function<void()> alive);

}  // namespace sallyport::runtime
