// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/pool.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <future>
#include <thread>

#include "common/error.h"

namespace sallyport::runtime {
namespace {

/// How one piece of work ended, as its caller saw it.
struct Outcome {
    bool is_over = false;
    std::thread::id resumed_on;
    std::exception_ptr failure;

    [[nodiscard]] bool is_refused() const {
        if (!failure) return false;
        try {
            std::rethrow_exception(failure);
        } catch (const Error& error) {
            return error.code() == Code::limit;
        }
    }
};

boost::asio::awaitable<void> ask(Pool& pool, std::function<void()> work, Outcome& outcome) {
    try {
        co_await pool.run(std::move(work));
    } catch (...) {
        outcome.failure = std::current_exception();
    }
    outcome.resumed_on = std::this_thread::get_id();
    outcome.is_over = true;
}

class PoolTest : public ::testing::Test {
 protected:
    boost::asio::io_context io;

    void start(Pool& pool, std::function<void()> work, Outcome& outcome) {
        boost::asio::co_spawn(io, ask(pool, std::move(work), outcome), [](std::exception_ptr) {});
    }
};

TEST_F(PoolTest, WorksOnAThreadOfItsOwnAndComesBackToTheCallers) {
    Pool pool(1, 4);
    std::thread::id worked_on;
    Outcome outcome;
    start(
        pool, [&] { worked_on = std::this_thread::get_id(); }, outcome);
    io.run();
    EXPECT_TRUE(outcome.is_over);
    EXPECT_EQ(outcome.failure, nullptr);
    EXPECT_NE(worked_on, std::this_thread::get_id());
    EXPECT_EQ(outcome.resumed_on, std::this_thread::get_id());
}

TEST_F(PoolTest, ThrowsToTheCallerWhatTheWorkThrew) {
    Pool pool(1, 4);
    Outcome outcome;
    start(
        pool, [] { throw Error(Code::io, "no disk"); }, outcome);
    io.run();
    EXPECT_THROW(std::rethrow_exception(outcome.failure), Error);
    EXPECT_FALSE(outcome.is_refused());
    EXPECT_EQ(pool.waiting(), 0U);
}

TEST_F(PoolTest, RefusesWorkBeyondItsBoundAndTakesItAgainLater) {
    Pool pool(1, 2);
    std::promise<void> gate;
    const auto open = gate.get_future().share();
    Outcome outcomes[3];
    for (Outcome& outcome : outcomes)
        start(
            pool, [open] { open.wait(); }, outcome);
    io.poll();
    EXPECT_TRUE(outcomes[2].is_over && outcomes[2].is_refused());
    EXPECT_FALSE(outcomes[0].is_over || outcomes[1].is_over);
    EXPECT_EQ(pool.waiting(), 2U) << "the refused one does not count";
    gate.set_value();
    io.run();
    EXPECT_TRUE(outcomes[0].is_over && outcomes[1].is_over);
    EXPECT_FALSE(outcomes[0].failure || outcomes[1].failure);
    EXPECT_EQ(pool.waiting(), 0U);

    Outcome later;
    start(
        pool, [] {}, later);
    io.restart();
    io.run();
    EXPECT_TRUE(later.is_over);
    EXPECT_EQ(later.failure, nullptr);
}

}  // namespace
}  // namespace sallyport::runtime
