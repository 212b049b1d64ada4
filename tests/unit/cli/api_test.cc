// SPDX-License-Identifier: Apache-2.0
#include "cli/api.h"

#include <gtest/gtest.h>

namespace sallyport::cli {
namespace {

TEST(WithQuery, AsksForWhatIsSaidAndForNothingElse) {
    EXPECT_EQ(with_query("/p/", {}), "/p/");
    EXPECT_EQ(with_query("/p/", {{"host", "web1"}}), "/p/?host=web1");
    EXPECT_EQ(with_query("/p/", {{"host", ""}, {"user", "al"}, {"from", ""}, {"to", "x"}}),
              "/p/?user=al&to=x");
    EXPECT_EQ(with_query("/p/", {{"host", ""}}), "/p/");
}

TEST(WithQuery, EncodesWhatCouldMeanSomethingElse) {
    EXPECT_EQ(with_query("/p/", {{"from", "2026-01-01T00:00:00+02:00"}}),
              "/p/?from=2026%2D01%2D01T00%3A00%3A00%2B02%3A00");
    EXPECT_EQ(with_query("/p/", {{"host", "a&user=b#c d/%\n"}}), "/p/?host=a%26user%3Db%23c%20d%2F%25%0A");
    EXPECT_EQ(with_query("/p/", {{"host", "\xc3\xb6\xff"}}), "/p/?host=%C3%B6%FF");
    EXPECT_EQ(with_query("/p/", {{"host", std::string("a\0b", 3)}}), "/p/?host=a%00b");
}

}  // namespace
}  // namespace sallyport::cli
