// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/sftp_reader.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/unit/taps/sftp_wire.h"

namespace sallyport::taps {
namespace {

using namespace sftp;
using Mode = SftpReader::Mode;

class Reading : public ::testing::Test {
 protected:
    explicit Reading(Mode mode = Mode::anything)
        : reader(mode, {[this](const FileDeed& deed) { done.push_back(deed); },
                        [this](const SftpUnparsed& what) { unparsed.emplace_back(what.reason); },
                        [this](const SftpRefused& what) { refused.push_back(what); }}) {}

    void ask(const std::string& bytes) { reader.from_operator(bytes); }
    void tell(const std::string& bytes) { reader.from_target(bytes); }
    void begin() {
        ask(packet(Type::init, u32(3)));
        tell(packet(Type::version, u32(3)));
    }
    void open(const std::string& path, const std::string& handle, std::uint32_t flags = read_only) {
        ask(packet(Type::open, u32(1) + str(path) + u32(flags) + u32(0)));
        tell(packet(Type::handle, u32(1) + str(handle)));
    }

    std::vector<FileDeed> done;
    std::vector<std::string> unparsed;
    std::vector<SftpRefused> refused;
    SftpReader reader;
};

TEST_F(Reading, TellsOfARequestWithItsAnswer) {
    ask(packet(Type::remove, u32(7) + str("/a")));
    EXPECT_TRUE(done.empty()) << "nothing is known yet of how it ended";
    tell(answer(7, 2));
    ASSERT_EQ(done.size(), 1U);
    EXPECT_EQ(done[0].deed, Deed::remove);
    EXPECT_EQ(done[0].path, "/a");
    EXPECT_EQ(done[0].status, 2U);
}

TEST_F(Reading, PairsAnswersInAnyOrder) {
    ask(packet(Type::remove, u32(1) + str("/a")) + packet(Type::rmdir, u32(2) + str("/b")));
    tell(answer(2, 0) + answer(1, 3));
    ASSERT_EQ(done.size(), 2U);
    EXPECT_EQ(done[0].path, "/b");
    EXPECT_EQ(done[1].path, "/a");
    EXPECT_EQ(done[1].status, 3U);
}

TEST_F(Reading, TakesTheRequestsOfOneIdInTheirOrder) {
    ask(packet(Type::stat, u32(1) + str("/a")) + packet(Type::remove, u32(1) + str("/b")));
    tell(packet(Type::attrs, u32(1) + u32(0)) + answer(1, 0));
    ASSERT_EQ(done.size(), 1U);
    EXPECT_EQ(done[0].status, 0U);
    EXPECT_TRUE(unparsed.empty());
}

TEST_F(Reading, CountsWhatWasDeliveredAndWhatWasAcknowledged) {
    open("/a", "h", 3);
    ask(packet(Type::read, u32(2) + str("h") + u64(0) + u32(100)));
    tell(packet(Type::data, u32(2) + str(std::string(60, 'x'))));
    ask(packet(Type::read, u32(3) + str("h") + u64(60) + u32(100)));
    tell(answer(3, 1));
    for (std::uint32_t id : {4U, 5U}) ask(packet(Type::write, u32(id) + str("h") + u64(0) + str("12345")));
    tell(answer(4, 0) + answer(5, 4));
    ask(packet(Type::close, u32(6) + str("h")));
    tell(answer(6, 0));
    ASSERT_EQ(done.size(), 2U);
    EXPECT_EQ(done[1].bytes_read, 60U);
    EXPECT_EQ(done[1].bytes_written, 5U) << "the second was refused";
    EXPECT_EQ(done[1].path, "/a");
}

TEST_F(Reading, CountsAWriteToAHandleThatWasGuessed) {
    ask(packet(Type::open, u32(1) + str("/a") + u32(2) + u32(0)) +
        packet(Type::write, u32(2) + str("h") + u64(0) + str("12345")) +
        packet(Type::close, u32(3) + str("h")));
    tell(packet(Type::handle, u32(1) + str("h")) + answer(2, 0) + answer(3, 0));
    ASSERT_EQ(done.size(), 2U);
    EXPECT_EQ(done[1].deed, Deed::close);
    EXPECT_EQ(done[1].bytes_written, 5U);
}

TEST_F(Reading, TakesNoMoreDataThanAPacketHolds) {
    open("/a", "h");
    ask(packet(Type::read, u32(2) + str("h") + u64(0) + u32(9)));
    tell(packet(Type::data, u32(2) + u32(0xffffffff) + "12"));
    reader.finish();
    EXPECT_EQ(done.back().bytes_read, 2U);
}

TEST_F(Reading, ClosesNoFolder) {
    ask(packet(Type::opendir, u32(1) + str("/")));
    tell(packet(Type::handle, u32(1) + str("h")));
    ask(packet(Type::close, u32(2) + str("h")));
    tell(answer(2, 0));
    reader.finish();
    EXPECT_TRUE(done.empty());
}

TEST_F(Reading, TellsWhatIsSet) {
    const std::string attributes = u32(15) + u64(9) + u32(1) + u32(2) + u32(0600) + u32(3) + u32(4);
    open("/a", "h");
    ask(packet(Type::fsetstat, u32(1) + str("h") + attributes));
    tell(answer(1, 0));
    ask(packet(Type::extended, u32(2) + str("lsetstat@openssh.com") + str("/b") + u32(4) + u32(0777)));
    tell(answer(2, 0));
    ASSERT_EQ(done.size(), 3U);
    EXPECT_EQ(done[1].path, "/a");
    EXPECT_EQ(done[1].attributes.size, 9U);
    EXPECT_EQ(done[1].attributes.gid, 2U);
    EXPECT_EQ(done[1].attributes.mtime, 4U);
    EXPECT_EQ(done[2].request, "lsetstat@openssh.com");
    EXPECT_EQ(done[2].attributes.permissions, 0777U);
    EXPECT_FALSE(done[2].attributes.size);
}

TEST_F(Reading, KnowsBothNamesOfLinksAndRenames) {
    ask(packet(Type::symlink, u32(1) + str("target") + str("/link")));
    ask(packet(Type::rename, u32(2) + str("/old") + str("/new")));
    ask(packet(Type::extended, u32(3) + str("hardlink@openssh.com") + str("/file") + str("/further")));
    for (std::uint32_t id : {1U, 2U, 3U}) tell(answer(id, 0));
    ASSERT_EQ(done.size(), 3U);
    EXPECT_EQ(*done[0].path + *done[0].other, "/linktarget");
    EXPECT_EQ(*done[1].path + *done[1].other, "/old/new");
    EXPECT_EQ(*done[2].path + *done[2].other, "/file/further");
}

TEST_F(Reading, TellsAtTheEndWhatWasLeftOpenAndUnanswered) {
    open("/a", "h");
    ask(packet(Type::remove, u32(1) + str("/b")));
    reader.finish();
    ASSERT_EQ(done.size(), 3U);
    EXPECT_EQ(done[1].deed, Deed::remove);
    EXPECT_FALSE(done[1].status);
    EXPECT_EQ(done[2].deed, Deed::close);
    EXPECT_FALSE(done[2].status);
}

TEST_F(Reading, PassesOverWhatItCannotReadAndGoesOn) {
    ask(packet(Type::remove, u32(1) + "\xff\xff") + packet(static_cast<Type>(99), u32(2)) +
        packet(Type::extended, u32(3) + str("no-such")) + u32(0) +
        packet(Type::remove, u32(4) + str(std::string(SftpPackets::max_head, 'x'))) +
        packet(Type::remove, u32(5) + str("/a")));
    tell(answer(5, 0));
    EXPECT_EQ(unparsed, (std::vector<std::string>{"malformed", "unknown_request", "unknown_request", "empty",
                                                  "too_long"}));
    ASSERT_EQ(done.size(), 1U);
    EXPECT_EQ(done[0].path, "/a");
}

TEST_F(Reading, FollowsNothingMoreOnceTheTargetChoseAnotherVersion) {
    ask(packet(Type::init, u32(6)));
    tell(packet(Type::version, u32(6)));
    ask(packet(Type::remove, u32(1) + str("/a")));
    tell(answer(1, 0));
    EXPECT_EQ(unparsed, std::vector<std::string>{"version"});
    EXPECT_TRUE(done.empty());
}

TEST_F(Reading, HoldsNoMoreRequestsThanItsBound) {
    for (std::uint32_t id = 0; id <= SftpReader::max_requests; ++id)
        ask(packet(Type::remove, u32(id) + str("/a")));
    EXPECT_EQ(unparsed, std::vector<std::string>{"too_many_requests"});
    ASSERT_EQ(done.size(), 1U) << "it is told all the same";
    EXPECT_FALSE(done[0].status);
    tell(answer(0, 0));
    EXPECT_EQ(done.size(), 2U) << "the others still get their answers";
}

TEST_F(Reading, HoldsNoMoreNamesThanItsBound) {
    const std::string name(32 * 1024, 'x');
    std::uint32_t count = 0;
    while (unparsed.empty() && count < 100) ask(packet(Type::remove, u32(count++) + str(name)));
    EXPECT_EQ(count, SftpReader::max_held / name.size() + 1);
}

TEST_F(Reading, HoldsNoMoreFilesThanItsBound) {
    for (std::size_t at = 0; at <= SftpReader::max_files; ++at) open("/a", std::to_string(at));
    EXPECT_EQ(unparsed, std::vector<std::string>{"too_many_files"});
    reader.finish();
    EXPECT_EQ(done.size(), 2 * SftpReader::max_files + 1);
}

class ReadingAlone : public Reading {
 protected:
    ReadingAlone() : Reading(Mode::reading_only) { begin(); }
};

TEST_F(ReadingAlone, LetsReadingPass) {
    open("/a", "h");
    ask(packet(Type::read, u32(2) + str("h") + u64(0) + u32(9)) + packet(Type::stat, u32(3) + str("/a")) +
        packet(Type::extended, u32(4) + str("statvfs@openssh.com") + str("/")) +
        packet(Type::close, u32(5) + str("h")));
    EXPECT_TRUE(refused.empty());
}

/// Whether a channel that may only read is ended by this request.
bool is_refused(const std::string& request) {
    int count = 0;
    SftpReader reader(Mode::reading_only, {[](const FileDeed&) {}, [](const SftpUnparsed&) {},
                                           [&](const SftpRefused&) { ++count; }});
    reader.from_operator(packet(Type::init, u32(3)));
    reader.from_target(packet(Type::version, u32(3)));
    reader.from_operator(request);
    return count == 1;
}

TEST(RequestsOfWhoMayOnlyRead, ArePassedIfTheyAreKnownToReadAlone) {
    const std::set<int> reading = {4, 5, 7, 8, 11, 12, 16, 17, 19};
    const std::string fields = u32(1) + str("/a") + u32(0) + u32(1) + u32(0) + u64(0);
    for (int type = 0; type < 256; ++type)
        EXPECT_EQ(is_refused(packet(static_cast<Type>(type), fields)), !reading.contains(type)) << type;
}

TEST(RequestsOfWhoMayOnlyRead, ArePassedAsExtensionsByTheirName) {
    const std::string fields = str("/a") + u64(0) + u64(0) + str("/b") + u64(0);
    const auto asks = [&](const std::string& name) {
        return is_refused(packet(Type::extended, u32(1) + str(name) + fields));
    };
    for (const char* name : {"statvfs@openssh.com", "fstatvfs@openssh.com", "limits@openssh.com",
                             "expand-path@openssh.com", "users-groups-by-id@openssh.com", "home-directory"})
        EXPECT_FALSE(asks(name)) << name;
    for (const char* name : {"posix-rename@openssh.com", "hardlink@openssh.com", "lsetstat@openssh.com",
                             "copy-data", "fsync@openssh.com", "statvfs@openssh.com2", "no-such", ""})
        EXPECT_TRUE(asks(name)) << name;
}

TEST(RequestsOfWhoMayOnlyRead, AreJudgedAsOpensByTheirFlags) {
    for (std::uint32_t flags = 0; flags < 64; ++flags)
        EXPECT_EQ(is_refused(packet(Type::open, u32(1) + str("/a") + u32(flags) + u32(0))),
                  flags != read_only)
            << flags;
}

TEST_F(ReadingAlone, RefusesBeforeTheLastByteWhateverThePieces) {
    const std::string request = packet(Type::remove, u32(1) + str("/a"));
    for (const char byte : request.substr(0, request.size() - 1)) ask({byte});
    EXPECT_TRUE(refused.empty());
    ask(request.substr(request.size() - 1));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].path, "/a");
}

TEST_F(ReadingAlone, RefusesOnceAndReadsNothingAfter) {
    ask(packet(Type::remove, u32(1) + str("/a")) + packet(Type::remove, u32(2) + str("/b")));
    tell(answer(1, 0));
    EXPECT_EQ(refused.size(), 1U);
    EXPECT_TRUE(done.empty());
}

TEST_F(ReadingAlone, RefusesWhatItCannotRead) {
    tell(packet(static_cast<Type>(42), u32(1)));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_TRUE(refused[0].is_unparsed);
}

TEST_F(ReadingAlone, RefusesToBeginAgain) {
    ask(packet(Type::init, u32(6)));
    EXPECT_EQ(refused.size(), 1U);
}

}  // namespace
}  // namespace sallyport::taps
