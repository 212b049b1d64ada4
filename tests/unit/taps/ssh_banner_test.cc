// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/ssh_banner.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "common/error.h"

namespace sallyport::taps {
namespace {

using relay::Direction;

class SshBannerTest : public ::testing::Test {
 protected:
    std::vector<Direction> seen;
    bool may = true;
    SshBanner tap{[this](Direction direction) {
        seen.push_back(direction);
        return may;
    }};
    void show(std::string_view text, Direction direction = Direction::to_operator) {
        tap.observe(direction, ssh::Stream::output, std::as_bytes(std::span(text)));
    }
};

TEST_F(SshBannerTest, SeesAVersionLineAtTheBeginningOnce) {
    show("SSH-2.0-OpenSSH_9.2\r\n");
    show("SSH-2.0-again\r\n");
    EXPECT_EQ(seen, std::vector<Direction>{Direction::to_operator});
}

TEST_F(SshBannerTest, SeesTheOperatorsOwn) {
    show("SSH-2.0-x\r\n", Direction::to_target);
    EXPECT_EQ(seen, std::vector<Direction>{Direction::to_target});
}

TEST_F(SshBannerTest, SeesOneThatComesInPiecesOrBehindAGreeting) {
    for (const char* piece : {"Welcome\r\nS", "SH", "-2", ".", "0", "-x"}) show(piece);
    EXPECT_EQ(seen.size(), 1U);
}

TEST_F(SshBannerTest, SeesNoneWithinALineOrAfterTheBeginning) {
    show("GET /SSH-2.0-x HTTP/1.1\r\n");
    show(std::string(2000, 'x'));
    show("\nSSH-2.0-x\r\n");
    show("SSH-3.0-x\r\n", Direction::to_target);
    EXPECT_TRUE(seen.empty());
}

TEST_F(SshBannerTest, EndsTheForwardWhereItMayNotBe) {
    may = false;
    EXPECT_THROW(show("SSH-2.0-x\r\n"), Error);
}

}  // namespace
}  // namespace sallyport::taps
