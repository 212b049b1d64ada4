// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/pool.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/error.h"

namespace sallyport::runtime {
namespace {

boost::asio::awaitable<void> call(std::function<void()> work) {
    work();
    co_return;
}

struct Slot {
    std::atomic<std::size_t>& count;
    ~Slot() { --count; }
};

}  // namespace

Pool::Pool(std::size_t threads, std::size_t queue_bound) : threads_(threads), bound_(queue_bound) {}

Pool::~Pool() {
    threads_.join();
}

boost::asio::awaitable<void> Pool::run(std::function<void()> work) {
    if (++waiting_ > bound_) {
        --waiting_;
        throw Error(Code::limit,
                    "the machine is overloaded: too much blocking work is queued; try again later");
    }
    const Slot slot{waiting_};
    auto task = call(std::move(work));
    co_await boost::asio::co_spawn(threads_.get_executor(), std::move(task), boost::asio::use_awaitable);
}

}  // namespace sallyport::runtime
