// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace sallyport {
namespace {

TEST(Error, CarriesItsKindAndItsWords) {
    try {
        throw Error(Code::limit, "too much; try again later");
    } catch (const std::exception& error) {
        EXPECT_STREQ(error.what(), "too much; try again later");
        EXPECT_EQ(dynamic_cast<const Error&>(error).code(), Code::limit);
    }
}

TEST(Error, NamesWhatTheSystemSaid) {
    EXPECT_EQ(os_error(ENOENT), "No such file or directory");
    EXPECT_NE(os_error(EACCES), os_error(ENOENT));
}

}  // namespace
}  // namespace sallyport
