// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <functional>

namespace sallyport::runtime {

/// Threads for work that blocks (names, files, the store), so that no worker ever does. The queue has a
/// bound.
class Pool {
 public:
    Pool(std::size_t threads, std::size_t queue_bound);
    ~Pool();

    /// Runs `work` on a thread of the pool and comes back to the caller's executor; what it throws is thrown
    /// here. The caller awaits at once, so `work` may hold references. Throws Error{Code::limit} if the queue
    /// is full.
    [[nodiscard]] boost::asio::awaitable<void> run(std::function<void()> work);

    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

 private:
    boost::asio::thread_pool threads_;
    std::size_t bound_;
    std::atomic<std::size_t> waiting_{0};
};

}  // namespace sallyport::runtime
