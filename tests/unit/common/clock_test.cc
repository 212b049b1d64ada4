// SPDX-License-Identifier: Apache-2.0
#include "common/clock.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

TEST(Clock, WritesAndReadsRfc3339) {
    const auto time = from_rfc3339("2026-03-24T10:12:03.000001Z");
    ASSERT_TRUE(time.has_value());
    EXPECT_EQ(to_rfc3339(*time), "2026-03-24T10:12:03.000001Z");
}

TEST(Clock, ReadsOffsetsAndMissingDecimals) {
    EXPECT_EQ(from_rfc3339("2026-03-24T12:12:03+02:00"), from_rfc3339("2026-03-24T10:12:03Z"));
    EXPECT_EQ(from_rfc3339("2026-03-24T10:12:03.5Z"), from_rfc3339("2026-03-24T10:12:03.500000Z"));
}

TEST(Clock, RefusesWhatIsNoTime) {
    for (const char* text : {"", "yesterday", "2026-02-30T00:00:00Z", "2026-03-24T25:00:00Z",
                             "2026-03-24T10:12:03", "2026-03-24T10:12:03.Z", "2026-03-24T10:12:03Zx"})
        EXPECT_FALSE(from_rfc3339(text).has_value()) << text;
}

}  // namespace
}  // namespace sallyport
