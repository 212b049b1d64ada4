// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/watch.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace sallyport::runtime {
namespace {

struct Round {
    std::atomic<std::size_t> silent{0};
    std::function<void()> alive;
};

void ask(Workers& workers, const std::shared_ptr<Round>& round) {
    round->silent = workers.size();
    for (std::size_t i = 0; i < workers.size(); ++i)
        boost::asio::post(workers.at(i).io, [round] {
            if (--round->silent == 0) round->alive();
        });
}

}  // namespace

boost::asio::awaitable<void> watch(Workers& workers, std::chrono::milliseconds period,
                                   std::function<void()> alive) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    const auto round = std::make_shared<Round>();
    round->alive = std::move(alive);
    for (;;) {
        if (round->silent == 0) ask(workers, round);
        timer.expires_after(period);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

}  // namespace sallyport::runtime
