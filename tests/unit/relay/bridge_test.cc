// SPDX-License-Identifier: Apache-2.0
#include "daemon/relay/bridge.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sallyport::relay {
namespace {

/// A bridge and what its two far sides get to see, in order: bytes, `!` for the exit, `|` for EOF, `#` for
/// the end of write, `.` for the close.
class BridgeTest : public ::testing::Test {
 protected:
    Bridge bridge;
    std::string at_target;
    std::string at_operator;

    void operator_sends(const std::string& text) { bridge.to_target.take(0, std::as_bytes(std::span(text))); }
    void target_sends(const std::string& text) { bridge.to_operator.take(0, std::as_bytes(std::span(text))); }

    static void deliver(Flow& flow, std::string& to, std::size_t window) {
        while (flow.has_new()) flow.mark_seen();
        while (window > 0 && !flow.is_drained()) {
            const auto bytes = flow.front().second;
            const std::size_t count = std::min(window, bytes.size());
            to.append(reinterpret_cast<const char*>(bytes.data()), count);
            flow.written(count);
            window -= count;
        }
    }

    /// What one turn does: bytes as far as the windows reach, then what is due.
    void turn(std::size_t operator_window = SIZE_MAX, std::size_t target_window = SIZE_MAX) {
        deliver(bridge.to_target, at_target, target_window);
        deliver(bridge.to_operator, at_operator, operator_window);
        if (bridge.take_end_of_write_to(Side::near_target)) at_target += '#';
        if (bridge.take_eof_to(Side::near_target)) at_target += '|';
        if (bridge.take_close_to(Side::near_target)) at_target += '.';
        if (bridge.take_end_of_write_to(Side::near_operator)) at_operator += '#';
        if (bridge.take_eof_to(Side::near_operator)) at_operator += '|';
        if (bridge.take_exit()) at_operator += '!';
        if (bridge.take_close_to(Side::near_operator)) at_operator += '.';
    }
};

TEST_F(BridgeTest, EndsAnOrdinaryCommandInOrder) {
    operator_sends("in");
    target_sends("out");
    turn();
    EXPECT_EQ(at_operator, "out");
    bridge.eof(Side::near_target);
    bridge.exit();
    bridge.close(Side::near_target);
    turn();
    EXPECT_EQ(at_operator, "out|!.");
    EXPECT_EQ(at_target, "in.");
    EXPECT_TRUE(bridge.is_over());
}

TEST_F(BridgeTest, DoesNothingUnasked) {
    turn();
    EXPECT_EQ(at_operator + at_target, "");
    EXPECT_FALSE(bridge.is_over());
}

TEST_F(BridgeTest, DoesEachThingOnce) {
    bridge.eof(Side::near_target);
    bridge.exit();
    bridge.exit();
    bridge.close(Side::near_target);
    for (int i = 0; i < 3; ++i) turn();
    EXPECT_EQ(at_operator, "|!.");
    EXPECT_EQ(at_target, ".");
}

TEST_F(BridgeTest, LetsTheFirstExitCount) {
    bridge.exit();
    target_sends("tail");
    bridge.exit();  // asked again in every turn
    turn(0);
    EXPECT_EQ(at_operator, "!");
    turn();
    EXPECT_EQ(at_operator, "!tail");
}

TEST_F(BridgeTest, LetsNothingOvertakeDataThatWaitsForAWindow) {
    target_sends("slow reader");
    bridge.eof(Side::near_target);
    bridge.exit();
    bridge.close(Side::near_target);
    turn(4);
    EXPECT_EQ(at_operator, "slow");
    EXPECT_FALSE(bridge.is_over());
    turn(0);
    turn();
    EXPECT_EQ(at_operator, "slow reader|!.");
}

TEST_F(BridgeTest, SendsTheExitAfterTheDataBeforeItAndNotAfterAllThatFollows) {
    target_sends("before");
    bridge.exit();
    target_sends("after");  // a child that still holds the terminal
    turn(3);
    EXPECT_EQ(at_operator, "bef");
    turn(4);
    EXPECT_EQ(at_operator, "beforea!");
    turn();
    EXPECT_EQ(at_operator, "beforea!fter");
}

TEST_F(BridgeTest, PassesHalfACloseAndGoesOnTheOtherWay) {
    operator_sends("all input");
    bridge.eof(Side::near_operator);
    turn();
    EXPECT_EQ(at_target, "all input|");
    EXPECT_EQ(at_operator, "");
    target_sends("sorted");
    bridge.exit();
    bridge.close(Side::near_target);
    turn();
    EXPECT_EQ(at_operator, "sorted|!.");
    EXPECT_EQ(at_target, "all input|.");
}

TEST_F(BridgeTest, HoldsBackTheEndOfInputUntilTheTargetReadItAll) {
    operator_sends("all input");
    bridge.eof(Side::near_operator);
    turn(SIZE_MAX, 3);
    EXPECT_EQ(at_target, "all");
    turn();
    EXPECT_EQ(at_target, "all input|");
}

TEST_F(BridgeTest, WritesTheInputOfAClientThatHurriesAndTellsItHowTheCommandEnded) {
    operator_sends("last words");
    bridge.close(Side::near_operator);
    turn(SIZE_MAX, 4);
    EXPECT_EQ(at_target, "last");
    EXPECT_EQ(at_operator, "") << "its close is answered after the exit";
    turn();
    EXPECT_EQ(at_target, "last words|.");
    target_sends("nobody reads this");
    bridge.exit();
    bridge.close(Side::near_target);
    turn();
    EXPECT_EQ(at_operator, "!.");
    EXPECT_TRUE(bridge.is_over());
}

TEST_F(BridgeTest, WaitsForAClientThatLingersAfterTheTargetClosed) {
    bridge.exit();
    bridge.close(Side::near_target);
    turn();
    EXPECT_EQ(at_operator, "|!.");
    EXPECT_TRUE(bridge.is_over());
    operator_sends("too late");
    bridge.eof(Side::near_operator);
    bridge.close(Side::near_operator);
    turn();
    EXPECT_EQ(at_target, ".");
    EXPECT_EQ(at_operator, "|!.");
}

TEST_F(BridgeTest, ClosesWithoutAnExitWhereNoneCame) {
    target_sends("x");
    bridge.close(Side::near_target);
    turn();
    EXPECT_EQ(at_operator, "x|.");
    EXPECT_TRUE(bridge.is_over());
}

TEST_F(BridgeTest, StillWritesWhatAnOperatorSentWhoVanished) {
    operator_sends("rm it");
    target_sends("lost");
    bridge.operator_vanished();
    bridge.exit();
    turn(SIZE_MAX, 2);
    EXPECT_EQ(at_target, "rm");
    turn();
    EXPECT_EQ(at_target, "rm it|.");
    EXPECT_EQ(at_operator, "") << "nothing is said to who is not there";
    bridge.close(Side::near_target);
    EXPECT_TRUE(bridge.is_over());
}

TEST_F(BridgeTest, DropsInputThatATargetWillNeverRead) {
    operator_sends("unread");
    bridge.close(Side::near_target);
    operator_sends(std::string(Flow::bound, 'x'));
    turn();
    EXPECT_EQ(at_target, ".");
    EXPECT_EQ(bridge.to_target.total_out(), 0U);
    EXPECT_EQ(bridge.to_target.room(), Flow::bound) << "or the operator's window would never open again";
}

TEST_F(BridgeTest, TellsTheTargetThatItsOutputIsReadNoMoreAndStillItsExit) {
    target_sends("out");
    turn(1);
    bridge.end_of_write(Side::near_operator);
    target_sends("more");
    operator_sends("in");
    turn();
    turn();
    EXPECT_EQ(at_operator, "o") << "nobody reads the rest";
    EXPECT_EQ(at_target, "in#") << "and input still flows";
    bridge.eof(Side::near_target);
    bridge.exit();
    bridge.close(Side::near_target);
    turn();
    EXPECT_EQ(at_operator, "o|!.");
    EXPECT_EQ(at_target, "in#.");
    EXPECT_TRUE(bridge.is_over());
}

TEST_F(BridgeTest, TellsTheOperatorThatItsInputIsReadNoMoreWhileOutputFlows) {
    operator_sends("in");
    bridge.end_of_write(Side::near_target);
    operator_sends("more");
    target_sends("out");
    turn();
    EXPECT_EQ(at_target, "");
    EXPECT_EQ(at_operator, "out#");
    EXPECT_GT(bridge.to_target.room(), 0U) << "what still comes takes no room";
}

TEST_F(BridgeTest, TellsNobodyWhoHasClosedThatTheOtherReadsNoMore) {
    bridge.close(Side::near_target);
    bridge.end_of_write(Side::near_operator);
    turn();
    EXPECT_EQ(at_target, ".");
}

TEST_F(BridgeTest, KeepsBytesAndTheirEndsWhateverTheChunksAndWindows) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 100; ++round) {
        bridge = Bridge();
        at_target.clear();
        at_operator.clear();
        std::string input;
        std::string output;
        std::size_t exit_at = std::string::npos;
        const auto some = [&](char base) {
            return std::string(random() % 3'000, static_cast<char>(base + random() % 20));
        };
        for (int step = 0; step < 30; ++step) {
            const std::string in = some('a');
            const std::string out = some('A');
            operator_sends(in);
            target_sends(out);
            input += in;
            output += out;
            if (exit_at == std::string::npos && random() % 20 == 0) {
                bridge.exit();
                exit_at = output.size();
            }
            turn(random() % 4'000, random() % 4'000);
        }
        bridge.eof(Side::near_operator);
        bridge.eof(Side::near_target);
        if (exit_at == std::string::npos) bridge.exit();
        if (exit_at == std::string::npos) exit_at = output.size();
        turn(0, 0);
        while (!bridge.to_target.is_drained()) turn(random() % 4'000, random() % 4'000);
        bridge.close(Side::near_target);
        while (!bridge.is_over()) turn(random() % 4'000, random() % 4'000);
        EXPECT_TRUE(at_target == input + "|.");
        const std::size_t mark = at_operator.find('!');
        ASSERT_NE(mark, std::string::npos);
        EXPECT_GE(mark, exit_at);
        at_operator.erase(mark, 1);
        EXPECT_TRUE(at_operator == output + "|.");
    }
}

}  // namespace
}  // namespace sallyport::relay
