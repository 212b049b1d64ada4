// SPDX-License-Identifier: Apache-2.0
#include "common/clock.h"

#include <gtest/gtest.h>

#include "common/ids.h"

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

TEST(Ids, AreUuidsThatSortByTheirTime) {
    std::string last;
    for (int i = 0; i < 10'000; ++i) {
        const std::string id = new_id();
        EXPECT_TRUE(is_id(id)) << id;
        EXPECT_EQ(id[14], '7');
        EXPECT_LT(last, id);
        last = id;
    }
}

TEST(Ids, KnowWhatIsNone) {
    for (const char* text : {"", "../../../etc/passwd", "01a20b5e-afa9-7da9-ae07-49dcf556bda",
                             "01A20B5E-AFA9-7DA9-AE07-49DCF556BDA8", "01a20b5e/afa9/7da9/ae07/49dcf556bda8"})
        EXPECT_FALSE(is_id(text)) << text;
}

}  // namespace
}  // namespace sallyport
