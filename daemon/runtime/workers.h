// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace sallyport::runtime {

/// One thread with its own io_context: a connection and all its sessions live on one of them.
struct Worker {
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{io.get_executor()};
    std::atomic<std::size_t> connections{0};
    std::size_t index = 0;
    std::thread thread;
};

/// The daemon's threads for sessions. Stops and joins them when dropped.
class Workers {
 public:
    /// `count` 0 means one per core.
    explicit Workers(std::size_t count);
    ~Workers();

    [[nodiscard]] std::size_t size() const noexcept { return workers_.size(); }
    [[nodiscard]] Worker& at(std::size_t index) { return *workers_[index]; }
    /// The worker with the fewest connections.
    [[nodiscard]] Worker& least_busy();

 private:
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace sallyport::runtime
