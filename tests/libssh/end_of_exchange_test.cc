// SPDX-License-Identifier: Apache-2.0
// Patch 12: what only a key exchange needs ends with it.
#include <gtest/gtest.h>

#include "internals.h"
#include "pair.h"

namespace sallyport::libssh_test {
namespace {

class EndOfExchange : public testing::TestWithParam<const char*> {};

TEST_P(EndOfExchange, LeavesNothingOfItBehind) {
    Pair pair({.kex = GetParam()});
    ASSERT_TRUE(pair.open_channel());
    EXPECT_FALSE(remembers_exchange(pair.server));
    EXPECT_FALSE(remembers_exchange(pair.client));
}

INSTANTIATE_TEST_SUITE_P(Methods, EndOfExchange,
                         testing::Values("curve25519-sha256", "mlkem768x25519-sha256",
                                         "sntrup761x25519-sha512@openssh.com"));

}  // namespace
}  // namespace sallyport::libssh_test
