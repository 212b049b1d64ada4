// SPDX-License-Identifier: Apache-2.0
#include "config/host_pattern.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

std::string split(const std::string& text) {
    const HostPattern out = split_port(text);
    return out.name + " " + out.port;
}

TEST(HostPatterns, GiveNameAndPort) {
    EXPECT_EQ(split("web.example.net:2022"), "web.example.net 2022");
    EXPECT_EQ(split("w[01:03].x:22"), "w[01:03].x 22");
    EXPECT_EQ(split("10.0.0.5:22"), "10.0.0.5 22");
    EXPECT_EQ(split("[2001:db8::1]:22"), "2001:db8::1 22");
    EXPECT_EQ(split("[2001:db8:0:0:0:0:0:1]:22"), "2001:db8:0:0:0:0:0:1 22");
    EXPECT_EQ(split("[web]:22"), "web 22");
    EXPECT_EQ(split("web:0"), "web ") << "as if no port were said";
}

TEST(HostPatterns, AreNamesAsAWholeWhereAnsibleUnderstandsNoMore) {
    for (const char* text : {"web", "2001:db8::1", "web:", "web:x", "-a:22", "a-:22", "a..b:22", "a b:22",
                             "[x y]:22", "w[:3]:22", "a_:22", "[]:22", ":22", "", "[1:2]:3:4]"})
        EXPECT_EQ(split(text), std::string(text) + " ") << text;
}

TEST(HostPatterns, GiveAllHostsOfTheirRanges) {
    const auto found = expand_pattern("w[1:2]:2022");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->names, (std::vector<std::string>{"w1", "w2"}));
    EXPECT_EQ(found->port, "2022");
    EXPECT_FALSE(expand_pattern("w[1:"));
}

}  // namespace
}  // namespace sallyport
