// SPDX-License-Identifier: Apache-2.0
#include "common/digest.h"

#include <gtest/gtest.h>

#include <random>

namespace sallyport {
namespace {

TEST(Digest, GivesTheKnownAnswers) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_NE(sha256_hex("abd"), sha256_hex("abc"));
}

TEST(Digest, IsTheSameWhateverThePieces) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::string bytes(20'000, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    Sha256 digest;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t size = std::min<std::size_t>(random() % 700, bytes.size() - at);
        digest.update(std::string_view(bytes).substr(at, size));
        at += size;
    }
    EXPECT_EQ(digest.hex(), sha256_hex(bytes));
}

TEST(Digest, GoesOnAfterACopyWasAskedForItsValue) {
    Sha256 digest;
    digest.update("a");
    EXPECT_EQ(Sha256(digest).hex(), sha256_hex("a"));
    digest.update("bc");
    EXPECT_EQ(Sha256(digest).bytes().size(), 32U);
    EXPECT_EQ(digest.hex(), sha256_hex("abc"));
}

TEST(Hex, IsLowerCaseAndHoldsEveryByte) {
    EXPECT_EQ(to_hex(""), "");
    EXPECT_EQ(to_hex(std::string("\0\x0f\x7f\x80\xff", 5)), "000f7f80ff");
}

TEST(RandomBytes, AreAsManyAsAskedForAndNeverTheSame) {
    EXPECT_EQ(random_bytes(0), "");
    EXPECT_EQ(random_bytes(16).size(), 16U);
    EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace sallyport
