// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/roster.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <thread>

namespace sallyport::live {
namespace {

/// A roster, the context that its sessions live on, and what was done to them, in order.
class RosterTest : public ::testing::Test {
 protected:
    boost::asio::io_context io;
    Roster roster;
    std::string done;

    std::shared_ptr<void> enter(const std::string& id, const std::string& user, std::size_t limit = 10) {
        LiveSession session;
        session.session_id = id;
        session.user = user;
        Handles handles;
        handles.stop = [this, id](StopReason, const std::string& by) { done += id + " by " + by + ";"; };
        handles.recheck = [this, id](const std::shared_ptr<const Rules>& rules) {
            done += id + (rules ? " rechecked;" : " without rules;");
        };
        return roster.enter(std::move(session), io.get_executor(), std::move(handles), limit);
    }
};

TEST_F(RosterTest, TakesAUsersSessionsUpToTheLimit) {
    const auto one = enter("1", "alice", 2);
    auto two = enter("2", "alice", 2);
    EXPECT_TRUE(one && two);
    EXPECT_FALSE(enter("3", "alice", 2));
    EXPECT_TRUE(enter("4", "bob", 2)) << "another's sessions do not count";
    two.reset();
    EXPECT_TRUE(enter("5", "alice", 2));
    EXPECT_FALSE(enter("6", "carol", 0));
}

TEST_F(RosterTest, ListsWhoIsThereAndNobodyElse) {
    auto one = enter("1", "alice");
    const auto two = enter("2", "bob");
    EXPECT_EQ(roster.size(), 2U);
    EXPECT_EQ(roster.list().at(1).user, "bob");
    EXPECT_EQ(roster.find("1")->user, "alice");
    EXPECT_FALSE(roster.find("3").has_value());
    one.reset();
    EXPECT_FALSE(roster.find("1").has_value());
    EXPECT_EQ(roster.list().size(), 1U);
}

TEST_F(RosterTest, PostsAStopToTheSessionsOwnThread) {
    const auto one = enter("1", "alice");
    const auto two = enter("2", "alice");
    std::thread other([&] { EXPECT_TRUE(roster.stop("1", StopReason::terminated, "admin")); });
    other.join();
    EXPECT_EQ(done, "") << "never on the thread of who asks";
    io.run();
    EXPECT_EQ(done, "1 by admin;");
}

TEST_F(RosterTest, HasNothingToStopWhereNobodyIs) {
    auto one = enter("1", "alice");
    EXPECT_FALSE(roster.stop("2", StopReason::terminated, "admin"));
    one.reset();
    EXPECT_FALSE(roster.stop("1", StopReason::terminated, "admin"));
    EXPECT_EQ(io.run(), 0U);
}

TEST_F(RosterTest, LeavesAloneWhoLeftBetweenThePostAndItsTurn) {
    auto one = enter("1", "alice");
    const auto two = enter("2", "alice");
    EXPECT_TRUE(roster.stop("1", StopReason::terminated, "admin"));
    roster.recheck_all(std::make_shared<Rules>());
    one.reset();
    io.run();
    EXPECT_EQ(done, "2 rechecked;");
}

TEST_F(RosterTest, StopsAndRechecksAll) {
    const auto one = enter("1", "alice");
    const auto two = enter("2", "bob");
    roster.recheck_all(std::make_shared<Rules>());
    roster.stop_all(StopReason::shutdown, "");
    EXPECT_EQ(done, "");
    io.run();
    EXPECT_EQ(done, "1 rechecked;2 rechecked;1 by ;2 by ;");
}

}  // namespace
}  // namespace sallyport::live
