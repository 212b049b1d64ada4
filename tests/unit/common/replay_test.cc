// SPDX-License-Identifier: Apache-2.0
#include "common/replay.h"

#include <gtest/gtest.h>

#include <random>

namespace sallyport {
namespace {

std::string replay(std::string_view bytes) {
    ReplayFilter filter;
    std::string out;
    for (const char c : bytes) out += filter.filter(std::string_view(&c, 1));
    return out + filter.finish();
}

TEST(Replay, PassesTextColoursAndCursorMoves) {
    for (const char* text : {"plain\r\n\ttext\b", "\x1b[1;31mred\x1b[0m", "\x1b[2J\x1b[10;20H",
                             "w\xc3\xb6rld \xe2\x98\xba \xf0\x9f\x99\x82"})
        EXPECT_EQ(replay(text), text);
}

TEST(Replay, ShowsAsTextWhatCouldActOnTheTerminal) {
    EXPECT_EQ(replay("\x1b]52;c;aGk=\a"), "\\x1b]52;c;aGk=\\x07");
    EXPECT_EQ(replay("\x1bP+q\x1b\\"), "\\x1bP+q\\x1b\\\\");
    EXPECT_EQ(replay("\x1b[6n"), "\\x1b[6n");
    EXPECT_EQ(replay("\x1b[?1049h"), "\\x1b[?1049h");
    EXPECT_EQ(replay("\x1b[c"), "\\x1b[c");
    EXPECT_EQ(replay("\x1b[21t"), "\\x1b[21t");
    EXPECT_EQ(replay("x\x1b[9999b"), "x\x1b[9999b");
    EXPECT_EQ(replay("x\x1b[99999999b"), "x\\x1b[99999999b") << "nobody watches so many";
}

TEST(Replay, ShowsAsTextControlsOfEightBits) {
    EXPECT_EQ(replay("\x9b"
                     "6n"),
              "\\x9b6n");
    EXPECT_EQ(replay("\xc2\x9b"
                     "6n"),
              "\\u{9b}6n");
    EXPECT_EQ(replay("\x9d"
                     "52;c;x\x9c"),
              "\\x9d52;c;x\\x9c");
}

TEST(Replay, NeverPassesAnEscapeThatBeginsAnythingElse) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    constexpr std::string_view letters = "\x1b[]P^_X0;?nchtm\a\\\x9b\x9d\xc2\x9c a";
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes;
        for (std::size_t n = random() % 16; n > 0; --n) bytes += letters[random() % letters.size()];
        const std::string out = replay(bytes);
        for (std::size_t at = 0; (at = out.find('\x1b', at)) != std::string::npos; ++at) {
            ASSERT_LT(at + 1, out.size());
            EXPECT_EQ(out[at + 1], '[');
            const std::size_t end = out.find_first_not_of("0123456789;:", at + 2);
            ASSERT_NE(end, std::string::npos);
            EXPECT_NE(std::string("ABCDEFGHJKLMPSTXZ@`adefmb").find(out[end]), std::string::npos) << out;
        }
        EXPECT_EQ(out.find('\x9b'), std::string::npos);
        EXPECT_EQ(out.find('\a'), std::string::npos);
    }
}

}  // namespace
}  // namespace sallyport
