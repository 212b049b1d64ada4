// SPDX-License-Identifier: Apache-2.0
#include "policy/match.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

TEST(Match, ReadsStarsAndQuestionMarks) {
    EXPECT_TRUE(matches_glob("web*.example.net", "web-01.example.net"));
    EXPECT_TRUE(matches_glob("web-0?", "web-01"));
    EXPECT_TRUE(matches_glob("*", ""));
    EXPECT_TRUE(matches_glob("a*b*c", "aXbXbYc"));
}

TEST(Match, TakesEverythingElseLiterally) {
    EXPECT_FALSE(matches_glob("web-0?", "web-0"));
    EXPECT_FALSE(matches_glob("web[01]", "web0"));
    EXPECT_FALSE(matches_glob("web.example", "webXexample"));
    EXPECT_FALSE(matches_glob("WEB", "web"));
    EXPECT_FALSE(matches_glob("", "web"));
}

TEST(Match, EndsSoonOnAPatternFullOfStars) {
    EXPECT_FALSE(matches_glob("*a*a*a*a*a*a*a*a*b", std::string(255, 'a')));
}

TEST(Match, FindsOperatorsByNameGroupAndStar) {
    EXPECT_TRUE(matches_operator({"alice"}, "alice", {}));
    EXPECT_TRUE(matches_operator({"@ops"}, "alice", {"ops"}));
    EXPECT_TRUE(matches_operator({"*"}, "alice", {}));
    EXPECT_FALSE(matches_operator({"@ops"}, "ops", {}));
    EXPECT_FALSE(matches_operator({"al*"}, "alice", {}));
    EXPECT_FALSE(matches_operator({}, "alice", {}));
}

TEST(Match, FindsTargetsByWorkspaceAndGroup) {
    EXPECT_TRUE(matches_target({"acme+@web"}, "acme", "w1", {"web"}));
    EXPECT_TRUE(matches_target({"acme+w*"}, "acme", "w1", {}));
    EXPECT_TRUE(matches_target({"acme+@all"}, "acme", "w1", {}));
    EXPECT_FALSE(matches_target({"acme+@web"}, "other", "w1", {"web"}));
    EXPECT_FALSE(matches_target({"acme+@db"}, "acme", "w1", {"web"}));
    EXPECT_FALSE(matches_target({"acme+@w*"}, "acme", "w1", {"web"}));
}

TEST(Match, ComparesSourcesAsNetsAndNotAsText) {
    EXPECT_TRUE(matches_source({"192.0.2.0/24"}, "192.0.2.77"));
    EXPECT_TRUE(matches_source({"192.0.2.0/24"}, "::ffff:192.0.2.77"));
    EXPECT_TRUE(matches_source({"2001:db8::/32"}, "2001:db8:1::1"));
    EXPECT_TRUE(matches_source({}, "203.0.113.1"));
    EXPECT_FALSE(matches_source({"192.0.2.0/24"}, "192.0.3.1"));
    EXPECT_FALSE(matches_source({"192.0.2.0/24"}, "not an address"));
}

}  // namespace
}  // namespace sallyport
