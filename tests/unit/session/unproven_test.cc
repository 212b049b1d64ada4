// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/unproven.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sallyport::session {
namespace {

/// Guests by the order in which they came.
class UnprovenTest : public ::testing::Test {
 protected:
    std::shared_ptr<Unproven> all = std::make_shared<Unproven>();
    std::vector<std::unique_ptr<UnprovenPlace>> places;

    void enter(const std::string& net, std::size_t limit = 100, std::size_t limit_per_source = 100) {
        places.push_back(std::make_unique<UnprovenPlace>(all, net, limit, limit_per_source));
    }
    [[nodiscard]] std::string evicted() const {
        std::string out;
        for (const auto& place : places) out += place && place->is_evicted() ? 'x' : '-';
        return out;
    }
};

TEST_F(UnprovenTest, StayWhileThereIsRoom) {
    for (int i = 0; i < 3; ++i) enter("a", 3, 3);
    EXPECT_EQ(evicted(), "---");
    EXPECT_EQ(all->size(), 3U);
}

TEST_F(UnprovenTest, MakeRoomAtTheLimitByTheOldestOfTheBusiestSource) {
    enter("a");
    enter("b");
    enter("b");
    enter("c", 3, 100);
    EXPECT_EQ(evicted(), "-x--");
}

TEST_F(UnprovenTest, OfASourceAtItsLimitLoseTheirOldestAndNobodyElseDoes) {
    enter("b");
    enter("b");
    enter("b");
    enter("a");
    enter("a");
    enter("a", 100, 2);
    EXPECT_EQ(evicted(), "---x--");
}

TEST_F(UnprovenTest, AreEvictedOneForEachThatComes) {
    for (int i = 0; i < 3; ++i) enter("a");
    enter("a", 3, 100);
    enter("a", 3, 100);
    EXPECT_EQ(evicted(), "xx---");
}

TEST_F(UnprovenTest, AreEvictedOneForEachThatComesThoughNoneOfThemHasLeftYet) {
    enter("a", 2, 100);
    enter("a", 2, 100);
    enter("b", 2, 100);
    enter("b", 2, 100);
    EXPECT_EQ(evicted(), "xx--");
    enter("c", 2, 100);
    enter("d", 2, 100);
    EXPECT_EQ(evicted(), "xxxx--");
    for (int i = 0; i < 4; ++i) places.at(static_cast<std::size_t>(i)).reset();
    enter("c", 2, 100);
    EXPECT_EQ(evicted(), "----x--");
}

TEST_F(UnprovenTest, CountNoMoreOnceTheyLeft) {
    enter("a", 2, 2);
    enter("a", 2, 2);
    places[0].reset();
    EXPECT_EQ(all->size(), 1U);
    enter("a", 2, 2);
    EXPECT_EQ(evicted(), "---");
    enter("a", 2, 2);
    EXPECT_EQ(evicted(), "-x--");
}

TEST_F(UnprovenTest, LetALimitOfOneEvictTheOneThatIsThere) {
    enter("a", 1, 1);
    enter("b", 1, 1);
    EXPECT_EQ(evicted(), "x-");
}

TEST_F(UnprovenTest, AreWokenWhenTheyAreEvictedAndNotBefore) {
    enter("a");
    enter("a");
    int woken[2] = {0, 0};
    for (int i = 0; i < 2; ++i)
        places.at(static_cast<std::size_t>(i))->when_evicted([&woken, i] { ++woken[i]; });
    enter("b", 3, 100);
    EXPECT_EQ(woken[0] + woken[1], 0);
    enter("b", 3, 100);
    EXPECT_EQ(woken[0], 1);
    EXPECT_EQ(woken[1], 0);
    enter("a", 100, 2);
    EXPECT_EQ(woken[1], 0) << "who is evicted takes no place any more";
    enter("a", 100, 2);
    EXPECT_EQ(woken[0], 1) << "once is enough";
    EXPECT_EQ(woken[1], 1);
}

TEST_F(UnprovenTest, AreWokenAtOnceIfTheyAskTooLate) {
    enter("a");
    enter("a", 1, 100);
    bool is_woken = false;
    places.at(1)->when_evicted([&] { is_woken = true; });
    EXPECT_FALSE(is_woken);
    places.at(0)->when_evicted([&] { is_woken = true; });
    EXPECT_TRUE(is_woken);
}

TEST_F(UnprovenTest, ComeAndGoOnManyThreads) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([this, t] {
            for (int i = 0; i < 2'000; ++i) {
                const UnprovenPlace place(all, std::to_string((t + i) % 3), 3, 2);
                (void)place.is_evicted();
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(all->size(), 0U);
}

}  // namespace
}  // namespace sallyport::session
