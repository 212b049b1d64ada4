// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/workers.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <string>

namespace sallyport::runtime {

Workers::Workers(std::size_t count) {
    if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < count; ++i) {
        auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
        worker.index = i;
        const boost::asio::steady_timer first(
            worker.io);  // has its reactor made, while there are descriptors
        worker.thread = std::thread([&worker] { worker.io.run(); });
        pthread_setname_np(worker.thread.native_handle(), ("worker-" + std::to_string(i)).c_str());
    }
}

Workers::~Workers() {
    for (auto& worker : workers_) worker->io.stop();
    for (auto& worker : workers_) worker->thread.join();
}

Worker& Workers::least_busy() {
    const auto fewer = [](const auto& a, const auto& b) { return a->connections < b->connections; };
    return **std::min_element(workers_.begin(), workers_.end(), fewer);
}

}  // namespace sallyport::runtime
