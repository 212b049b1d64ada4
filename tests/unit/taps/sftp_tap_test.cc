// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/sftp_tap.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/error.h"
#include "daemon/taps/several.h"
#include "tests/unit/taps/sftp_wire.h"

namespace sallyport::taps {
namespace {

using namespace sftp;
using relay::Direction;

class SftpTapTest : public ::testing::Test {
 protected:
    std::vector<Event> events;
    std::vector<SftpRefused> refused;
    FileLog log{"session", [this](Event event) { events.push_back(std::move(event)); }, [] {}};

    SftpTap tap(SftpReader::Mode mode) {
        return {log, "channel", mode, [this](const SftpRefused& what) { refused.push_back(what); }};
    }
    static void show(relay::Tap& tap, Direction direction, const std::string& text,
                     ssh::Stream stream = ssh::Stream::output) {
        tap.observe(direction, stream, std::as_bytes(std::span(text)));
    }
    static void begin(relay::Tap& tap) {
        show(tap, Direction::to_target, packet(Type::init, u32(3)));
        show(tap, Direction::to_operator, packet(Type::version, u32(3)));
    }
};

const std::string removal = packet(Type::remove, u32(1) + str("/a"));

TEST_F(SftpTapTest, MakesEventsOfWhatBothSaid) {
    SftpTap made = tap(SftpReader::Mode::anything);
    begin(made);
    show(made, Direction::to_target, removal);
    show(made, Direction::to_operator, answer(1, 0));
    made.finish();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].members()["channel_id"], "channel");
}

TEST_F(SftpTapTest, ReadsNoErrorStream) {
    SftpTap made = tap(SftpReader::Mode::anything);
    begin(made);
    show(made, Direction::to_target, removal, ssh::Stream::error);
    show(made, Direction::to_operator, "words of the server", ssh::Stream::error);
    made.finish();
    EXPECT_TRUE(events.empty());
}

TEST_F(SftpTapTest, LetsNothingPassOnceItRefused) {
    SftpTap made = tap(SftpReader::Mode::reading_only);
    begin(made);
    EXPECT_THROW(show(made, Direction::to_target, removal), Error);
    EXPECT_THROW(show(made, Direction::to_target, packet(Type::stat, u32(2) + str("/a"))), Error);
    EXPECT_THROW(show(made, Direction::to_operator, answer(1, 0)), Error);
    EXPECT_EQ(refused.size(), 1U);
}

TEST_F(SftpTapTest, RefusesAnErrorStreamToATargetThatIsOnlyRead) {
    SftpTap made = tap(SftpReader::Mode::reading_only);
    begin(made);
    show(made, Direction::to_operator, "words of the server", ssh::Stream::error);
    EXPECT_THROW(show(made, Direction::to_target, "x", ssh::Stream::error), Error);
}

TEST_F(SftpTapTest, ComposesWithOthers) {
    struct Counter : relay::Tap {
        explicit Counter(int& seen) : count(seen) {}
        void observe(Direction, ssh::Stream, std::span<const std::byte>) override { ++count; }
        void resize(int, int) override { ++count; }
        int& count;
    };
    int before = 0;
    int behind = 0;
    Several all;
    all.add(std::make_unique<Counter>(before));
    all.add(std::make_unique<SftpTap>(log, "channel", SftpReader::Mode::reading_only, [](const auto&) {}));
    all.add(std::make_unique<Counter>(behind));
    begin(all);
    all.resize(80, 24);
    EXPECT_EQ(behind, 3);
    EXPECT_THROW(show(all, Direction::to_target, removal), Error);
    EXPECT_EQ(before, 4);
    EXPECT_EQ(behind, 3) << "what was refused goes no further";
}

}  // namespace
}  // namespace sallyport::taps
