// SPDX-License-Identifier: Apache-2.0
#include "common/base64.h"

#include <gtest/gtest.h>

#include <random>

namespace sallyport {
namespace {

TEST(Base64, GivesTheKnownAnswers) {
    const std::pair<const char*, const char*> known[] = {{"f", "Zg=="},         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},       {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : known) {
        EXPECT_EQ(to_base64(plain), coded);
        EXPECT_EQ(from_base64(coded), plain);
    }
    EXPECT_EQ(to_base64(""), "");
}

TEST(Base64, ComesBackTheSameWhateverTheBytes) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int i = 0; i < 2'000; ++i) {
        std::string bytes(1 + random() % 90, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    }
}

TEST(Base64, RefusesWhatIsNone) {
    for (const char* text : {"", "Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v\n", "Zm 9v", "Zm9v=", "Zg==Zg==",
                             "Z=g=", "Zm9-", "Zm9_", "    ", " Zg==  ", "Zm9v\xc3\xa4", "????"})
        EXPECT_FALSE(from_base64(text).has_value()) << text;
    EXPECT_FALSE(from_base64(std::string_view("Zm9\0", 4)).has_value());
}

// Two spellings of the same bytes would be two keys for who compares text.
TEST(Base64, RefusesASecondSpellingOfTheSameBytes) {
    for (const char* text : {"Zh==", "Zm9=", "Zn9v/x=="}) EXPECT_FALSE(from_base64(text).has_value()) << text;
    EXPECT_TRUE(from_base64("Zm8=").has_value());
}

}  // namespace
}  // namespace sallyport
