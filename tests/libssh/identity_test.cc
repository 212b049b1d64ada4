// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <libssh/libssh.h>

namespace {

TEST(Identity, TellsEachPatchOfTheSeries) {
    unsigned expected = 0;
    for (const int patch : {SALLYPORT_PATCH_NUMBERS}) expected |= 1U << patch;
    EXPECT_EQ(ssh_sallyport_patches(), expected);
}

TEST(Identity, HeaderAndLibraryAreOneVersion) {
    ASSERT_NE(ssh_version(LIBSSH_VERSION_INT), nullptr);
    EXPECT_EQ(ssh_version(LIBSSH_VERSION_INT + 1), nullptr);
}

}  // namespace
