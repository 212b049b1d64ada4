// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/file_log.h"

#include <gtest/gtest.h>

#include <vector>

namespace sallyport::taps {
namespace {

using namespace std::chrono_literals;

class FileLogTest : public ::testing::Test {
 protected:
    std::vector<Event> events;
    int floods_begun = 0;
    SteadyTime now = SteadyTime(1h);
    FileLog log{"session", [this](Event event) { events.push_back(std::move(event)); },
                [this] { ++floods_begun; }};

    void remove(std::optional<std::uint32_t> status = 0, const std::string& path = "/a") {
        FileDeed deed;
        deed.deed = sftp::Deed::remove;
        deed.path = path;
        deed.status = status;
        log.done("channel", deed, now);
    }
};

TEST_F(FileLogTest, TellsASingleDeedWithItsStatus) {
    remove(3);
    remove(std::nullopt);
    remove(77);
    EXPECT_EQ(events[0].type(), "file.remove");
    EXPECT_EQ(events[0].members()["status"], "permission_denied");
    EXPECT_FALSE(events[1].members().contains("status"));
    EXPECT_EQ(events[2].members()["status"], "status_77");
}

TEST_F(FileLogTest, TellsASizeThatNoEventCanHoldAsTheLargestThatOneCan) {
    FileDeed deed;
    deed.deed = sftp::Deed::setstat;
    deed.request = "setstat";
    deed.attributes.size = UINT64_MAX;
    deed.attributes.permissions = UINT32_MAX;
    log.done("channel", deed, now);
    const std::string line = event_line({"n", 1, std::string(64, '0'), "t", "s"}, events[0]);
    EXPECT_NE(line.find("\"size\":9007199254740991,\"permissions\":\"37777777777\""), std::string::npos)
        << line;
}

TEST_F(FileLogTest, CountsAFloodAndTellsItOnce) {
    for (int at = 0; at < FileLog::max_events + 5; ++at) remove(at % 2);
    EXPECT_EQ(events.size(), FileLog::max_events);
    EXPECT_EQ(floods_begun, 1);
    log.flush();
    log.flush();
    ASSERT_EQ(events.size(), FileLog::max_events + 1);
    const Json& flood = events.back().members();
    EXPECT_EQ(flood["counts"], Json({{"remove", 5}}));
    EXPECT_EQ(flood["failed"], 2);
    EXPECT_LE(flood["first"], flood["last"]);
}

TEST_F(FileLogTest, CountsWhatIsTooMuchInBytes) {
    const std::string name(40'000, 'x');
    for (int at = 0; at < 100; ++at) remove(0, name);
    EXPECT_LE(events.size() * name.size(), FileLog::max_bytes + name.size());
    EXPECT_EQ(floods_begun, 1);
}

TEST_F(FileLogTest, TellsEachDeedAgainAMinuteLater) {
    for (int at = 0; at < FileLog::max_events + 5; ++at) remove();
    now += FileLog::window;
    remove();
    ASSERT_EQ(events.size(), FileLog::max_events + 2);
    EXPECT_EQ(events[FileLog::max_events].type(), "file.flood");
    EXPECT_EQ(events.back().type(), "file.remove");
}

TEST_F(FileLogTest, TellsNoFloodWhereThereWasNone) {
    for (int at = 0; at < FileLog::max_events; ++at) remove();
    log.flush();
    EXPECT_EQ(events.size(), FileLog::max_events);
    EXPECT_EQ(floods_begun, 0);
}

}  // namespace
}  // namespace sallyport::taps
