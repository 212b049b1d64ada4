// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/spawn.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>

namespace sallyport::runtime {
namespace {

boost::asio::awaitable<void> fail() {
    throw std::runtime_error("the disk\nis gone");
    co_return;
}

boost::asio::awaitable<void> succeed(bool& is_done) {
    is_done = true;
    co_return;
}

TEST(Spawn, LogsWhatEscapesWithTheTasksNameAndGoesOn) {
    boost::asio::io_context io;
    bool is_done = false;
    ::testing::internal::CaptureStderr();
    spawn(io.get_executor(), fail(), "sweeper");
    spawn(io.get_executor(), succeed(is_done), "other");
    io.run();
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("level=error msg=\"a task failed\" task=sweeper cause=\"the disk\\x0ais gone\""),
              std::string::npos)
        << said;
    EXPECT_EQ(said.find("other"), std::string::npos);
    EXPECT_TRUE(is_done);
}

TEST(Spawn, RunsNothingOnTheCallersStack) {
    boost::asio::io_context io;
    bool is_done = false;
    spawn(io.get_executor(), succeed(is_done), "later");
    EXPECT_FALSE(is_done);
    io.run();
    EXPECT_TRUE(is_done);
}

}  // namespace
}  // namespace sallyport::runtime
