// SPDX-License-Identifier: Apache-2.0
#include "policy/address.h"

#include <gtest/gtest.h>

#include <random>

namespace sallyport {
namespace {

TEST(Address, ReadsAPlainHost) {
    const Address address = parse_address("server01");
    EXPECT_EQ(address.host, "server01");
    EXPECT_EQ(address.login, "");
    EXPECT_EQ(address.workspace, "");
}

TEST(Address, SplitsAtTheLastAtSoThatALoginMayHoldOne) {
    const Address address = parse_address("alice@corp.example@server01");
    EXPECT_EQ(address.login, "alice@corp.example");
    EXPECT_EQ(address.host, "server01");
}

TEST(Address, ReadsAWorkspaceBeforeThePlus) {
    const Address address = parse_address("ubuntu@acme+web-01.example.net");
    EXPECT_EQ(address.login, "ubuntu");
    EXPECT_EQ(address.workspace, "acme");
    EXPECT_EQ(address.host, "web-01.example.net");
}

TEST(Address, TakesAPercentSignWhereNoAtStands) {
    EXPECT_EQ(parse_address("ubuntu%server01").login, "ubuntu");
    EXPECT_EQ(parse_address("ubuntu%server01").host, "server01");
}

TEST(Address, LeavesAPercentSignInTheLoginWhereAnAtStands) {
    EXPECT_EQ(parse_address("a%b@server01").login, "a%b");
}

TEST(Address, KnowsTheReservedNameAloneAndExactly) {
    EXPECT_TRUE(parse_address("sallyport").is_reserved);
    EXPECT_FALSE(parse_address("Sallyport").is_reserved);
    EXPECT_FALSE(parse_address("x@sallyport").is_reserved);
}

TEST(Address, IsNobodysWithControlCharactersOrEmptyParts) {
    for (const char* typed :
         {"", "@server01", "user@", "+server01", "acme+", "a\nb", "\x1b[2J", "ser\x7fver"})
        EXPECT_EQ(parse_address(typed).host, "") << typed;
    EXPECT_EQ(parse_address(std::string_view("a\0b", 3)).host, "");
}

TEST(Address, NamesAWorkspaceAloneForWhatIsBehindAJump) {
    EXPECT_EQ(parse_address("acme+").workspace, "acme");
    EXPECT_EQ(parse_address("ubuntu@acme+").workspace, "acme");
    EXPECT_EQ(parse_address("ubuntu@acme+").login, "") << "logins stand behind the jump";
    EXPECT_EQ(parse_address("user@").workspace, "");
}

TEST(Address, IsNobodysBeyond255Bytes) {
    EXPECT_NE(parse_address(std::string(255, 'a')).host, "");
    EXPECT_EQ(parse_address(std::string(256, 'a')).host, "");
}

TEST(Address, ComesBackTheSameFromItsOwnText) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    constexpr std::string_view letters = "ab@%+/.-1";
    for (int i = 0; i < 20'000; ++i) {
        std::string typed;
        for (std::size_t n = random() % 12; n > 0; --n) typed += letters[random() % letters.size()];
        const Address once = parse_address(typed);
        if (once.host.empty()) continue;
        if (once.login.empty() && once.host.find('%') != std::string::npos) continue;
        const Address twice = parse_address(to_text(once));
        EXPECT_EQ(once.login, twice.login) << typed;
        EXPECT_EQ(once.workspace, twice.workspace) << typed;
        EXPECT_EQ(once.host, twice.host) << typed;
    }
}

}  // namespace
}  // namespace sallyport
