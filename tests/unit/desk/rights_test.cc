// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/rights.h"

#include <gtest/gtest.h>

namespace sallyport::desk {
namespace {

constexpr DeskRole roles[] = {DeskRole::own, DeskRole::viewer, DeskRole::auditor, DeskRole::admin,
                              DeskRole::owner};

/// Which of the five roles, lowest first, may ask: one letter each, `y` or `n`.
std::string who_may(Right right, bool is_own) {
    std::string out;
    for (const DeskRole role : roles) out += may(role, right, is_own) ? 'y' : 'n';
    return out;
}

TEST(Rights, SessionsOfOthersAreForViewersAndAbove) {
    EXPECT_EQ(who_may(Right::read_session, false), "nyyyy");
}

TEST(Rights, EveryoneSeesTheirOwnSessions) {
    EXPECT_EQ(who_may(Right::read_session, true), "yyyyy");
}

TEST(Rights, RecordingsAreForAuditorsAndAboveEvenOnesOwn) {
    EXPECT_EQ(who_may(Right::read_recording, false), "nnyyy");
    EXPECT_EQ(who_may(Right::read_recording, true), "nnyyy");
}

TEST(Rights, EventsOfOthersAreForAuditorsAndAbove) {
    EXPECT_EQ(who_may(Right::read_events, false), "nnyyy");
}

TEST(Rights, EveryoneSeesTheEventsOfTheirOwnSessions) {
    EXPECT_EQ(who_may(Right::read_events, true), "yyyyy");
}

TEST(Rights, ExportsAreForAuditorsAndAbove) {
    EXPECT_EQ(who_may(Right::export_all, false), "nnyyy");
    EXPECT_EQ(who_may(Right::export_all, true), "nnyyy");
}

TEST(Rights, OnlyAdminsTerminateEvenTheirOwn) {
    EXPECT_EQ(who_may(Right::terminate, false), "nnnyy");
    EXPECT_EQ(who_may(Right::terminate, true), "nnnyy");
}

TEST(Rights, EveryoneReportsTheirOwnAndNobodyThatOfOthers) {
    EXPECT_EQ(who_may(Right::report, true), "yyyyy");
}

TEST(Rights, OnesOwnRunIsOnesOwnToCancelAndOthersAreForAdmins) {
    EXPECT_EQ(who_may(Right::cancel_run, true), "yyyyy");
    EXPECT_EQ(who_may(Right::cancel_run, false), "nnnyy");
}

TEST(Rights, ALogIsForItsOwnerAndForAuditors) {
    EXPECT_EQ(who_may(Right::read_log, true), "yyyyy");
    EXPECT_EQ(who_may(Right::read_log, false), "nnyyy");
}

TEST(Rights, WhatALowerRoleMayAHigherMay) {
    for (int right = 0; right <= static_cast<int>(Right::terminate); ++right)
        for (const bool is_own : {false, true}) {
            const std::string who = who_may(static_cast<Right>(right), is_own);
            EXPECT_EQ(who.find("yn"), std::string::npos) << row_of(static_cast<Right>(right)).name;
        }
}

}  // namespace
}  // namespace sallyport::desk
