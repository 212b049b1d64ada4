// SPDX-License-Identifier: Apache-2.0
#include "common/escape.h"

#include <gtest/gtest.h>

#include <random>

namespace sallyport {
namespace {

std::string utf8(char32_t point) {
    const auto byte = [](char32_t value) { return static_cast<char>(value); };
    if (point < 0x80) return {byte(point)};
    const std::string last{byte(0x80 | (point & 0x3f))};
    if (point < 0x800) return byte(0xc0 | point >> 6) + last;
    const std::string middle = byte(0x80 | (point >> 6 & 0x3f)) + last;
    if (point < 0x10000) return byte(0xe0 | point >> 12) + middle;
    return std::string{byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f))} + middle;
}

TEST(Escape, LeavesWhatIsPrintable) {
    EXPECT_EQ(escaped("echo hi, wörld ☺"), "echo hi, wörld ☺");
}

TEST(Escape, ShowsWhatCouldActOnATerminal) {
    EXPECT_EQ(escaped("\x1b]52;c;x\a"), "\\x1b]52;c;x\\x07");
    EXPECT_EQ(escaped("a\nb\r\tc"), "a\\x0ab\\x0d\\x09c");
    EXPECT_EQ(escaped("\xc2\x9b"), "\\u{9b}");
    EXPECT_EQ(escaped("\xe2\x80\xae"), "\\u{202e}");
    EXPECT_EQ(escaped("a\\b"), "a\\\\b");
}

TEST(Escape, ShowsEveryMarkThatTurnsOrHidesTextButNoLetter) {
    for (const char* mark : {"200b", "200c", "200d", "200e", "200f", "2028", "2029", "202a", "202b", "202c",
                             "202d", "202e", "2066", "2067", "2068", "2069", "61c", "feff"}) {
        const std::string shown = std::string("a\\u{") + mark + "}b";
        EXPECT_EQ(escaped("a" + utf8(std::stoul(mark, nullptr, 16)) + "b"), shown);
    }
    for (const char32_t letter : {U'\u200a', U'\u2010', U'\u2027', U'\u202f', U'\u2060', U'\u2070', U'\u0627',
                                  U'\u05d0', U'\u00a0', U'\U0001f6aa'})
        EXPECT_EQ(escaped(utf8(letter)), utf8(letter)) << static_cast<unsigned>(letter);
}

TEST(Escape, ShowsEveryControlOfEightBitsAsWell) {
    for (char32_t point = 0; point < 0xa0; ++point) {
        const bool is_control = point < 0x20 || point >= 0x7f;
        EXPECT_EQ(escaped(utf8(point)) != utf8(point), is_control || point == '\\')
            << static_cast<unsigned>(point);
    }
}

TEST(Escape, ShowsInvalidUtf8ByteForByte) {
    EXPECT_EQ(escaped("\xff\xc0\xaf\xed\xa0\x80"), "\\xff\\xc0\\xaf\\xed\\xa0\\x80");
}

TEST(Escape, NeverLeavesAControlByteWhateverComes) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int i = 0; i < 2000; ++i) {
        std::string bytes;
        for (std::size_t n = random() % 40; n > 0; --n) bytes += static_cast<char>(random());
        for (const char c : escaped(bytes)) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
        bool is_valid = false;
        (void)to_utf8(to_utf8(bytes), &is_valid);
        EXPECT_TRUE(is_valid);
    }
}

TEST(Escape, CutsBetweenCharacters) {
    EXPECT_EQ(cut_utf8("aäb", 2), "a");
    EXPECT_EQ(cut_utf8("aäb", 3), "aä");
    EXPECT_EQ(cut_utf8("ab", 9), "ab");
}

}  // namespace
}  // namespace sallyport
