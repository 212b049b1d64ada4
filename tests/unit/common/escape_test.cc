// SPDX-License-Identifier: Apache-2.0
#include "common/escape.h"

#include <gtest/gtest.h>

#include <random>

namespace sallyport {
namespace {

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
