// SPDX-License-Identifier: Apache-2.0
#include "config/cidr.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

bool holds(const char* net, const char* host) {
    return parse_cidr(net).value().holds(parse_cidr(host).value());
}

TEST(Cidr, HoldsItsOwnAddressesAndNoOthers) {
    EXPECT_TRUE(holds("192.0.2.0/24", "192.0.2.0"));
    EXPECT_TRUE(holds("192.0.2.0/24", "192.0.2.255"));
    EXPECT_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
    EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.200"));
    EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
    EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
    EXPECT_TRUE(holds("192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(holds("192.0.2.1", "192.0.2.2"));
}

TEST(Cidr, OfAllOfOneKindHoldsNothingOfTheOther) {
    EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
    EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(holds("2000::/3", "2001:db8::1"));
    EXPECT_FALSE(holds("2000::/3", "192.0.2.1"));
}

TEST(Cidr, KnowsAnIpv4AddressInItsMappedFormAndOnAnyLink) {
    EXPECT_TRUE(holds("192.0.2.0/24", "::ffff:192.0.2.7"));
    EXPECT_FALSE(holds("192.0.2.0/24", "::ffff:192.0.3.7"));
    EXPECT_TRUE(holds("::ffff:192.0.2.0/120", "192.0.2.7"));
    EXPECT_TRUE(holds("fe80::/10", "fe80::1%eth0"));
    EXPECT_FALSE(holds("fe80::/10", "fec0::1%eth0"));
}

TEST(Cidr, RefusesAPrefixThatIsTooLongAndBitsBeyondIt) {
    for (const char* text : {"192.0.2.0/4294967200", "192.0.2.0/33", "2001:db8::/129", "::ffff:192.0.2.0/24",
                             "192.0.2.1/24", "x", "1.2.3.4/"})
        EXPECT_FALSE(parse_cidr(text).has_value()) << text;
    for (const char* text : {"192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "0.0.0.0/0", "fe80::1%eth0"})
        EXPECT_TRUE(parse_cidr(text).has_value()) << text;
}

}  // namespace
}  // namespace sallyport
