// SPDX-License-Identifier: Apache-2.0
#include "config/endpoint.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

TEST(Endpoint, IsAHostAndAPort) {
    const auto shown = [](const char* text) {
        const auto read = parse_endpoint(text);
        return read ? read->host + " " + std::to_string(read->port) : "none";
    };
    EXPECT_EQ(shown("192.0.2.1:22"), "192.0.2.1 22");
    EXPECT_EQ(shown("[2001:db8::1]:2222"), "2001:db8::1 2222");
    EXPECT_EQ(shown("[::]:65535"), ":: 65535");
    EXPECT_EQ(shown("db.internal:5432"), "db.internal 5432");
    EXPECT_EQ(shown(":22"), " 22");  // whether an empty host means any is the caller's to judge
}

TEST(Endpoint, IsNoneWithoutAPortOrWithAnAddressThatCouldBeReadTwoWays) {
    for (const char* text : {"", "host", "host:", "host:ssh", "host:65536", "host:-1", "host:+1", "host: 22",
                             "host:22 ", "host:0x16", "2001:db8::1:22", "::1", "[::1]", "[::1]22", "[::1:22",
                             "::1]:22", "[host]:22", "[]:22"})
        EXPECT_FALSE(parse_endpoint(text).has_value()) << text;
}

TEST(Endpoint, IsNumericOnlyAsOneAddress) {
    for (const char* text : {"192.0.2.1", "::", "2001:db8::1", "fe80::1%eth0"})
        EXPECT_TRUE(is_numeric(text)) << text;
    for (const char* text : {"", "localhost", "192.0.2.0/24", "[::1]", "192.0.2", "192.0.2.256", "0x7f.1"})
        EXPECT_FALSE(is_numeric(text)) << text;
}

}  // namespace
}  // namespace sallyport
