// SPDX-License-Identifier: Apache-2.0
// Patch 1: sntrup761 is what it was, bit for bit, and quick. sntrup761.answers was written by the unpatched
// library: SALLYPORT_WRITE_ANSWERS=sntrup761.answers unit_libssh_internals --gtest_filter='Sntrup761.Gives*'
#include "sntrup761.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<uint8_t>;

struct Random {
    explicit Random(unsigned seed) : source(seed) {}
    static void fill(void* context, size_t size, uint8_t* to) {
        std::generate_n(to, size,
                        [&] { return static_cast<uint8_t>(static_cast<Random*>(context)->source()); });
    }
    Bytes bytes(std::size_t size) {
        Bytes made(size);
        fill(this, size, made.data());
        return made;
    }
    std::mt19937 source;
};

struct Exchange {
    Bytes pk = Bytes(1158), sk = Bytes(1763), ciphertext = Bytes(1039), key = Bytes(32);
};

Exchange exchange(Random& random) {
    Exchange made;
    sntrup761_keypair(made.pk.data(), made.sk.data(), &random, Random::fill);
    sntrup761_enc(made.ciphertext.data(), made.key.data(), made.pk.data(), &random, Random::fill);
    return made;
}

Bytes open_with(const Bytes& sk, const Bytes& ciphertext) {
    Bytes key(32);
    sntrup761_dec(key.data(), ciphertext.data(), sk.data());
    return key;
}

std::string hex(const Bytes& bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(bytes.data(), bytes.size(), digest.data());
    std::string text;
    for (const unsigned char c : digest) {
        text += "0123456789abcdef"[c >> 4];
        text += "0123456789abcdef"[c & 15];
    }
    return text;
}

/// One digest of all that a seed leads to: keys, ciphertext, what corrupted ciphertexts and invalid keys
/// give.
std::string answer(unsigned seed) {
    Random random(seed);
    const Exchange good = exchange(random);
    EXPECT_EQ(open_with(good.sk, good.ciphertext), good.key);
    Bytes all;
    const auto add = [&](const Bytes& bytes) { all.insert(all.end(), bytes.begin(), bytes.end()); };
    add(good.pk), add(good.sk), add(good.ciphertext), add(good.key);
    Bytes flipped = good.ciphertext;
    flipped[random.source() % flipped.size()] ^= static_cast<uint8_t>(1U << random.source() % 8);
    add(open_with(good.sk, flipped));
    add(open_with(good.sk, random.bytes(1039)));
    add(open_with(good.sk, Bytes(1039, 0xff)));
    for (const Bytes& invalid : {random.bytes(1158), Bytes(1158, 0xff), Bytes(1158, 0)}) {
        Exchange odd;
        sntrup761_enc(odd.ciphertext.data(), odd.key.data(), invalid.data(), &random, Random::fill);
        add(odd.ciphertext), add(odd.key);
    }
    return hex(all);
}

constexpr unsigned answers = 100;

TEST(Sntrup761, GivesTheAnswersOfTheUnpatchedLibrary) {
    if (const char* path = std::getenv("SALLYPORT_WRITE_ANSWERS")) {
        std::ofstream file(path);
        for (unsigned seed = 0; seed < answers; ++seed) file << answer(seed) << '\n';
    }
    std::ifstream file(SALLYPORT_ANSWERS);
    for (unsigned seed = 0; seed < answers; ++seed) {
        std::string known;
        ASSERT_TRUE(std::getline(file, known));
        EXPECT_EQ(answer(seed), known) << "seed " << seed;
    }
}

TEST(Sntrup761, ReducesEveryProductAsBefore) {
    constexpr int32_t bound = 2 * 2295 * 2295;
    EXPECT_EQ(first_wrong_product(bound), bound + 1);
    EXPECT_EQ(first_wrong_sum(2), 3);
}

TEST(Sntrup761, TakesAtMostTenMillisecondsOfAClient) {
    double best = 1e9;
    for (unsigned seed = 0; seed < 5; ++seed) {
        Random random(seed);
        const std::clock_t begin = std::clock();
        const Exchange made = exchange(random);
        open_with(made.sk, made.ciphertext);
        best = std::min(best, 1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    EXPECT_LT(best, 10.0);
    RecordProperty("milliseconds", std::to_string(best));
}

}  // namespace
