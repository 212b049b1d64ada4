// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/runs.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "daemon/live/lent_keys.h"

namespace sallyport::live {
namespace {

using namespace std::chrono_literals;

LiveRun run(const std::string& id, const std::string& block) {
    return {id, "alice", "acme", block, "patch", "2026-01-01T00:00:00.000000Z"};
}

TEST(Runs, LetABlockRunOnceAtATimeAndAWorkflowBesideIt) {
    Runs runs;
    EXPECT_FALSE(runs.enter(run("a", "patch")));
    EXPECT_EQ(runs.enter(run("b", "patch"))->id, "a");
    EXPECT_FALSE(runs.enter(run("c", "other")));
    EXPECT_FALSE(runs.enter(run("d", "")));
    EXPECT_FALSE(runs.enter(run("e", "")));
    EXPECT_EQ(runs.count_of("alice"), 4U);
}

TEST(Runs, EndOnce) {
    Runs runs;
    (void)runs.enter(run("a", "patch"));
    EXPECT_TRUE(runs.leave("a"));
    EXPECT_FALSE(runs.leave("a"));
    EXPECT_FALSE(runs.beat("a"));
}

TEST(Runs, GoOnWhereTheirEndCouldNotBeKeptThoughAnotherHasBegun) {
    Runs runs;
    (void)runs.enter(run("a", "patch"));
    (void)runs.leave("a");
    EXPECT_FALSE(runs.enter(run("b", "patch")));
    runs.put_back(run("a", "patch"));
    EXPECT_TRUE(runs.find("a"));
    EXPECT_TRUE(runs.find("b"));
}

TEST(Runs, AreOverdueSoonerWithAHeartbeatThanWithout) {
    Runs runs;
    LiveRun beating = run("a", "patch");
    beating.has_heartbeat = true;
    (void)runs.enter(beating);
    (void)runs.enter(run("b", "other"));
    const auto now = std::chrono::steady_clock::now();
    EXPECT_TRUE(runs.overdue(now + 100s).empty());
    ASSERT_EQ(runs.overdue(now + 130s).size(), 1U);
    EXPECT_EQ(runs.overdue(now + 130s).front().id, "a");
    EXPECT_EQ(runs.overdue(now + 25h).size(), 2U);
}

LentKey::Facts facts(const std::string& blob, const std::string& who) {
    return {blob, "SHA256:" + blob, who, "SHA256:own", "192.0.2.7", "acme", "run", ""};
}

TEST(LentKeys, OpenFromWhereTheyWereLentUntilTheyAreTakenBack) {
    LentKeys keys;
    keys.lend(facts("a", "alice"), 60s, 60s);
    const auto held = keys.find("a", "192.0.2.7");
    ASSERT_TRUE(held);
    EXPECT_FALSE(keys.find("a", "192.0.2.8"));
    EXPECT_FALSE(keys.find("b", "192.0.2.7"));
    keys.revoke("run");
    EXPECT_FALSE(held->holds()) << "who holds it loses it too";
    EXPECT_FALSE(keys.find("a", "192.0.2.7"));
}

TEST(LentKeys, MayHoldForLongerThanTheyLogIn) {
    LentKeys keys;
    keys.lend(facts("a", "alice"), 60s, 0s);
    EXPECT_FALSE(keys.find("a", "192.0.2.7"));
}

TEST(LentKeys, AreRenewedForTheSameAndRefusedForAnother) {
    LentKeys keys;
    keys.lend(facts("a", "alice"), 60s, 60s);
    EXPECT_NO_THROW(keys.lend(facts("a", "alice"), 60s, 60s));
    EXPECT_THROW(keys.lend(facts("a", "bob"), 60s, 60s), Error);
}

TEST(LentKeys, OfOneOperatorLeaveRoomForThoseOfOthers) {
    LentKeys keys;
    for (std::size_t i = 0; i < LentKeys::max_of_one; ++i)
        keys.lend(facts(std::to_string(i), "alice"), 60s, 60s);
    EXPECT_THROW(keys.lend(facts("more", "alice"), 60s, 60s), Error);
    EXPECT_NO_THROW(keys.lend(facts("other", "bob"), 60s, 60s));
    EXPECT_NO_THROW(keys.lend(facts("0", "alice"), 60s, 60s)) << "what is renewed is no further one";
}

}  // namespace
}  // namespace sallyport::live
