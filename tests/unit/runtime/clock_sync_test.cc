// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/clock_sync.h"

#include <gtest/gtest.h>
#include <sys/timex.h>

namespace sallyport::runtime {
namespace {

TEST(ClockSync, IsWhatTheKernelSays) {
    EXPECT_EQ(judge_clock(TIME_OK, STA_PLL), ClockSync::synchronised);
    EXPECT_EQ(judge_clock(TIME_INS, STA_PLL | STA_INS), ClockSync::synchronised);
    EXPECT_EQ(judge_clock(TIME_ERROR, STA_UNSYNC | STA_PLL), ClockSync::unsynchronised);
}

TEST(ClockSync, IsUnknownWhereTheQuestionIsForbidden) {
    EXPECT_EQ(judge_clock(-1, 0), ClockSync::unknown);
    EXPECT_EQ(judge_clock(-1, STA_UNSYNC), ClockSync::unknown);
}

TEST(ClockSync, HasAWordForEach) {
    EXPECT_EQ(to_text(ClockSync::synchronised), "synchronised");
    EXPECT_EQ(to_text(ClockSync::unsynchronised), "unsynchronised");
    EXPECT_EQ(to_text(ClockSync::unknown), "unknown");
}

}  // namespace
}  // namespace sallyport::runtime
