// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/rights.h"

#include <gtest/gtest.h>

namespace sallyport::desk {
namespace {

constexpr DeskRole roles[] = {DeskRole::none, DeskRole::viewer, DeskRole::auditor, DeskRole::admin};

/// Which of the four roles, lowest first, may ask: one letter each, `y` or `n`.
std::string who_may(Question question, bool is_own) {
    std::string out;
    for (const DeskRole role : roles) out += may_ask(role, question, is_own) ? 'y' : 'n';
    return out;
}

TEST(Rights, SessionsOfOthersAreForViewersAndAbove) {
    EXPECT_EQ(who_may(Question::session, false), "nyyy");
}

TEST(Rights, EveryoneSeesTheirOwnSessions) {
    EXPECT_EQ(who_may(Question::session, true), "yyyy");
}

TEST(Rights, RecordingsAreForAuditorsAndAboveEvenOnesOwn) {
    EXPECT_EQ(who_may(Question::recording, false), "nnyy");
    EXPECT_EQ(who_may(Question::recording, true), "nnyy");
}

TEST(Rights, EventsOfOthersAreForAuditorsAndAbove) {
    EXPECT_EQ(who_may(Question::events, false), "nnyy");
}

TEST(Rights, EveryoneSeesTheEventsOfTheirOwnSessions) {
    EXPECT_EQ(who_may(Question::events, true), "yyyy");
}

TEST(Rights, ExportsAreForAuditorsAndAbove) {
    EXPECT_EQ(who_may(Question::export_all, false), "nnyy");
    EXPECT_EQ(who_may(Question::export_all, true), "nnyy");
}

TEST(Rights, OnlyAdminsTerminateEvenTheirOwn) {
    EXPECT_EQ(who_may(Question::terminate, false), "nnny");
    EXPECT_EQ(who_may(Question::terminate, true), "nnny");
}

}  // namespace
}  // namespace sallyport::desk
