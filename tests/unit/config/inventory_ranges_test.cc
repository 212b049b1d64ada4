// SPDX-License-Identifier: Apache-2.0
#include "config/inventory_ranges.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

using Names = std::vector<std::string>;

TEST(Ranges, ExpandAsAnsibleDoes) {
    EXPECT_EQ(expand_ranges("w[1:3]"), (Names{"w1", "w2", "w3"}));
    EXPECT_EQ(expand_ranges("w[:2].x"), (Names{"w0.x", "w1.x", "w2.x"}));
    EXPECT_EQ(expand_ranges("w[08:11]"), (Names{"w08", "w09", "w10", "w11"}));
    EXPECT_EQ(expand_ranges("w[01:10:3]"), (Names{"w01", "w04", "w07", "w10"}));
    EXPECT_EQ(expand_ranges("w[1:6:2]"), (Names{"w1", "w3", "w5"}));
    EXPECT_EQ(expand_ranges("db-[a:c]"), (Names{"db-a", "db-b", "db-c"}));
    EXPECT_EQ(expand_ranges("[a:b][0:1]"), (Names{"a0", "a1", "b0", "b1"}));
    EXPECT_EQ(expand_ranges("w[7:7]"), Names{"w7"});
}

TEST(Ranges, OfLettersGoFromSmallToCapitalOnesAsAnsibleCounts) {
    EXPECT_EQ(expand_ranges("[y:B]"), (Names{"y", "z", "A", "B"}));
    EXPECT_EQ(expand_ranges("[a:Z]")->size(), 52U);
    EXPECT_FALSE(expand_ranges("[A:c]").has_value());
    EXPECT_FALSE(expand_ranges("[c:a]").has_value());
}

TEST(Ranges, KeepAnsiblesOddities) {
    EXPECT_EQ(expand_ranges("w[3:1]"), Names{});
    EXPECT_EQ(expand_ranges("w[1:3:-1]"), Names{});
    EXPECT_EQ(expand_ranges("w[3:1:-1]"), Names{"w3"});
    EXPECT_EQ(expand_ranges("w[-1:+1]"), (Names{"w-1", "w0", "w1"}));
    EXPECT_EQ(expand_ranges("w[ab:cd]"), (Names{"wa", "wb", "wc"}));
    EXPECT_EQ(expand_ranges("w[3:1][x]"), Names{});
}

TEST(Ranges, LeaveANameWithoutOneAlone) {
    EXPECT_EQ(expand_ranges("web.example.net"), Names{"web.example.net"});
    EXPECT_EQ(expand_ranges("a]b"), Names{"a]b"});
    EXPECT_EQ(expand_ranges(""), Names{""});
}

TEST(Ranges, RefuseWhatIsMalformed) {
    for (const char* text : {"w[1:2", "w[x]", "w[]", "w[1]", "w[1:]", "w[1:2:]", "w[1:2:0]", "w[1:2:3:4]",
                             "w[01:2]", "w[01:100]", "w[a:2]", "w[1:c]", "w[ac:cd]", "a]b[1:2]", "a|[1:2]",
                             "w[1 :2]", "w[1:2][", "w[[1:2]]"})
        EXPECT_FALSE(expand_ranges(text).has_value()) << text;
}

TEST(Ranges, AreBounded) {
    EXPECT_EQ(expand_ranges("w[1:65536]")->size(), 65536U);
    EXPECT_EQ(expand_ranges("[0:0][0:0][0:0][0:0][0:0][0:0][0:0][0:0]")->size(), 1U);
    for (const char* text :
         {"w[0:65536]", "w[0:99999999]", "[0:300][0:300]", "[0:99999999999999999999]",
          "w[0:9223372036854775807:9223372036854775807]", "[0:0][0:0][0:0][0:0][0:0][0:0][0:0][0:0][0:0]"})
        EXPECT_FALSE(expand_ranges(text).has_value()) << text;
}

}  // namespace
}  // namespace sallyport
