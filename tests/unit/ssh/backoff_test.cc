// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/backoff.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <set>
#include <vector>

namespace sallyport::ssh {
namespace {

using std::chrono::milliseconds;

/// Waits so many times before `deadline`; how long each took, without those that it did not wait for.
boost::asio::awaitable<void> take(Backoff& backoff, int times, SteadyTime deadline,
                                  std::vector<milliseconds>& out) {
    for (int i = 0; i < times; ++i) {
        const auto before = std::chrono::steady_clock::now();
        if (!co_await backoff.wait(deadline)) co_return;
        out.push_back(std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - before));
    }
}

std::vector<milliseconds> pauses(int times, SteadyTime deadline) {
    boost::asio::io_context io;
    Backoff backoff(io.get_executor());
    std::vector<milliseconds> out;
    boost::asio::co_spawn(io, take(backoff, times, deadline, out), boost::asio::detached);
    io.run();
    return out;
}

TEST(Backoff, PausesAboutTwiceAsLongEachTime) {
    const auto taken = pauses(3, SteadyTime::max());
    ASSERT_EQ(taken.size(), 3U);
    const milliseconds least[] = {milliseconds(100), milliseconds(200), milliseconds(400)};
    for (std::size_t i = 0; i < 3; ++i) EXPECT_GE(taken[i], least[i]) << i;
}

TEST(Backoff, DoesNotPauseBeyondTheDeadline) {
    const auto now = std::chrono::steady_clock::now();
    EXPECT_TRUE(pauses(1, now).empty());
    EXPECT_TRUE(pauses(1, now + milliseconds(99)).empty());
    const auto before_the_third = pauses(9, now + milliseconds(800));
    EXPECT_GE(before_the_third.size(), 1U);
    EXPECT_LE(before_the_third.size(), 3U);
    EXPECT_LT(std::chrono::steady_clock::now() - now, std::chrono::seconds(30));
}

TEST(Backoff, SpreadsThoseWhoWereTurnedAwayTogether) {
    std::set<milliseconds> different;
    for (int i = 0; i < 6; ++i) different.insert(pauses(1, SteadyTime::max()).front());
    EXPECT_GT(different.size(), 1U);
}

}  // namespace
}  // namespace sallyport::ssh
