// SPDX-License-Identifier: Apache-2.0
#include "policy/forward_place.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

ForwardPlace socket(std::string path) {
    return {"", 0, std::move(path)};
}

TEST(ForwardPlace, IsComparedAsText) {
    EXPECT_TRUE(matches_place({"db.internal:5432"}, {"db.internal", 5432}));
    EXPECT_TRUE(matches_place({"db.internal:*"}, {"db.internal", 1}));
    EXPECT_TRUE(matches_place({"*:443"}, {"anything", 443}));
    EXPECT_TRUE(matches_place({"[::1]:80"}, {"::1", 80}));
    EXPECT_FALSE(matches_place({"db.internal:5432"}, {"db.internal", 5433}));
    EXPECT_FALSE(matches_place({"db.internal:5432"}, {"DB.internal", 5432}));
    EXPECT_FALSE(matches_place({"db.internal:5432"}, {"db.internal:5432", 5432}));
    EXPECT_FALSE(matches_place({}, {"db.internal", 5432}));
}

TEST(ForwardPlace, IsASocketByItsExactPathOrOfAllByAStar) {
    EXPECT_TRUE(matches_place({"unix:/run/x.sock"}, socket("/run/x.sock")));
    EXPECT_FALSE(matches_place({"unix:/run/x.sock"}, socket("/run/x.sock2")));
    EXPECT_FALSE(matches_place({"unix:/run/x.sock"}, socket("/run/X.sock")));
    EXPECT_FALSE(matches_place({"unix:/run/*"}, socket("/run/x.sock"))) << "a star within a path is a name";
    EXPECT_TRUE(matches_place({"unix:/run/*"}, socket("/run/*")));
    EXPECT_TRUE(matches_place({"unix:*"}, socket("/run/x.sock")));
    EXPECT_FALSE(matches_place({}, socket("/run/x.sock")));
}

TEST(ForwardPlace, IsNoSocketWhereAPortIsMeantNorTheOtherWayRound) {
    EXPECT_FALSE(matches_place({"*:*", "*:80", "/run/x:80"}, socket("/run/x:80")));
    EXPECT_FALSE(matches_place({"unix:*", "unix:/run/x:80", "unix:80"}, {"unix", 80}));
    EXPECT_FALSE(matches_place({"unix:*", "unix:/run/x:80"}, {"unix:/run/x", 80}));
    EXPECT_FALSE(matches_place({"unix:*", "unix:/run/x:80"}, {"/run/x", 80}));
}

TEST(ForwardPlace, IsNoSocketByAPathThatHasOtherWords) {
    for (const char* path :
         {"run/x.sock", "./x.sock", "/run/../x.sock", "/run/./x.sock", "/run//x.sock", "/run/x.sock/",
          "//run/x.sock", "/", "/..", "/run/x\n.sock", "/run/x\x7f.sock", "/run/x\x1b[2J.sock"})
        EXPECT_FALSE(matches_place({"unix:*", std::string("unix:") + path}, socket(path))) << path;
    EXPECT_TRUE(matches_place({"unix:*"}, socket("/run/..x/y..sock"))) << "dots in a name are a name";
}

TEST(ForwardPlace, IsNoSocketByAPathThatNoSocketCanHave) {
    EXPECT_TRUE(matches_place({"unix:*"}, socket("/" + std::string(106, 'x'))));
    EXPECT_FALSE(matches_place({"unix:*"}, socket("/" + std::string(107, 'x'))));
    EXPECT_FALSE(matches_place({"unix:*"}, socket(std::string("/run\0/x", 7))));
}

TEST(ForwardPlace, IsOnRecordAsItIsWrittenInThePolicy) {
    EXPECT_EQ(to_text({"db.internal", 5432}), "db.internal:5432");
    EXPECT_EQ(to_text(socket("/run/x.sock")), "unix:/run/x.sock");
}

}  // namespace
}  // namespace sallyport
