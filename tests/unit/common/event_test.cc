// SPDX-License-Identifier: Apache-2.0
#include "common/event.h"

#include <gtest/gtest.h>

#include "common/base64.h"
#include "common/digest.h"
#include "common/error.h"

namespace sallyport {
namespace {

const Place place{"gate-1", 1, std::string(64, '0'), "2026-03-24T10:12:03.000001Z",
                  "00112233445566778899aabbccddeeff"};

TEST(Event, IsOneLineWithItsMembersInOrder) {
    EXPECT_EQ(
        event_line(place, Event("node.stop").put("reason", "stop")),
        R"({"v":1,"node":"gate-1","seq":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000",)"
        R"("time":"2026-03-24T10:12:03.000001Z","type":"node.stop","salt":"00112233445566778899aabbccddeeff","reason":"stop"})");
}

TEST(Event, KeepsTheRawBytesBesideWhatIsNotUtf8) {
    Event event("channel.start");
    event.text("command", std::string("echo \xff\n", 7));
    EXPECT_EQ(event.members()["command"], "echo \xef\xbf\xbd\n");
    EXPECT_EQ(from_base64(event.members()["command_b64"].get<std::string>()), std::string("echo \xff\n", 7));
    EXPECT_EQ(event_line(place, event).find('\n'), std::string::npos);
}

TEST(Event, CutsALongStringAndKeepsTheDigestOfTheWhole) {
    const std::string command(100'000, 'x');
    Event event("channel.start");
    event.text("command", command);
    EXPECT_EQ(event.members()["command"].get<std::string>().size(), 65536U);
    EXPECT_EQ(event.members()["command_sha256"], sha256_hex(command));
    EXPECT_FALSE(Event("x").text("command", "short").members().contains("command_sha256"));
}

TEST(Event, BoundsAllOutsideStringsTogether) {
    Event event("channel.start");
    for (int i = 0; i < 40; ++i) event.text("field" + std::to_string(i), std::string(60'000, '\xff'));
    EXPECT_LT(event_line(place, event).size(), 400'000U);
}

TEST(Event, RefusesWhatTheChainsLawForbids) {
    EXPECT_THROW((void)event_line(place, Event("x").put("a", 1.5)), Error);
    EXPECT_THROW((void)event_line(place, Event("x").put("a", nullptr)), Error);
    EXPECT_THROW((void)event_line(place, Event("x").put("a", std::int64_t{1} << 53)), Error);
    EXPECT_THROW((void)event_line(place, Event("x").put("seq", 7)), Error);
    EXPECT_NO_THROW((void)event_line(place, Event("x").put("a", (std::int64_t{1} << 53) - 1)));
}

}  // namespace
}  // namespace sallyport
