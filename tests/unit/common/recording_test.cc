// SPDX-License-Identifier: Apache-2.0
#include "common/recording.h"

#include <gtest/gtest.h>

#include <sstream>

#include "common/error.h"
#include "common/ids.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;

std::string two_frames(const std::string& id) {
    std::string out = recording_header(id, WallTime(5s));
    append_frame(out, {1, 10us, FrameKind::output, "hello"});
    append_frame(out, {2, 20us, FrameKind::resize, resize_payload(80, 24)});
    return out;
}

TEST(Recording, ComesBackByteForByte) {
    const std::string id = new_id();
    std::istringstream in(two_frames(id));
    RecordingReader reader(in);
    EXPECT_EQ(reader.session_id(), id);
    EXPECT_EQ(reader.started(), WallTime(5s));
    const auto first = reader.next();
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->channel, 1U);
    EXPECT_EQ(first->time, 10us);
    EXPECT_EQ(first->payload, "hello");
    EXPECT_EQ(reader.next()->payload, std::string("\0\0\0\x50\0\0\0\x18", 8));
    EXPECT_FALSE(reader.next().has_value());
    EXPECT_FALSE(reader.is_cut());
}

TEST(Recording, CanBeReadToItsLastWholeFrameWhereverItIsCut) {
    const std::string whole = two_frames(new_id());
    const std::string one = whole.substr(0, whole.size() - 25);
    for (std::size_t size = one.size() + 1; size < whole.size(); ++size) {
        std::istringstream in(whole.substr(0, size));
        RecordingReader reader(in);
        EXPECT_TRUE(reader.next().has_value());
        EXPECT_FALSE(reader.next().has_value());
        EXPECT_TRUE(reader.is_cut()) << size;
    }
}

TEST(Recording, SplitsAPayloadThatIsTooLongForOneFrame) {
    std::string out = recording_header(new_id(), WallTime());
    append_frame(out, {1, 0us, FrameKind::output, std::string(RecordingReader::max_payload + 3, 'x')});
    std::istringstream in(out);
    RecordingReader reader(in);
    EXPECT_EQ(reader.next()->payload.size(), RecordingReader::max_payload);
    EXPECT_EQ(reader.next()->payload, "xxx");
}

TEST(Recording, TellsACountOfWhatWasTypedFromWhatWasTyped) {
    const std::string count = unechoed_payload(258);
    EXPECT_EQ(count, std::string("\0\0\0\0\0\0\0\1\2", 9));
    EXPECT_EQ(unechoed_bytes(count), 258U);
    for (const std::string& typed :
         {std::string("ls\r"), std::string(), std::string("nine char"), count + "x", std::string(8, '\0')})
        EXPECT_FALSE(unechoed_bytes(typed).has_value());
}

TEST(Recording, RefusesWhatIsNone) {
    for (const std::string& text : {std::string("nonsense"), std::string(), std::string(53, 'S')}) {
        std::istringstream in(text);
        EXPECT_THROW(RecordingReader reader(in), Error);
    }
    std::string huge =
        recording_header(new_id(), WallTime()) + std::string("\xff\xff\xff\xff", 4) + std::string(13, '\1');
    std::istringstream in(huge);
    RecordingReader reader(in);
    EXPECT_THROW((void)reader.next(), Error);
}

}  // namespace
}  // namespace sallyport
