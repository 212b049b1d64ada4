// SPDX-License-Identifier: Apache-2.0
#include "config/known_hosts.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace sallyport {
namespace {

// Written by `ssh-keygen -H` for web.example.net and [web.example.net]:2222.
const std::string hashed = "|1|vBUh+KVa02Tyz2tL9yA+qKs/KEk=|Ltebz/xJ5fCAyHAgaENj+T7UwHk=";
const std::string hashed_port = "|1|/uJqhFr1WbZbKGLyoSnv2wFhevY=|9Rh84OMgLf/+7NUjz0M4nuOCwOQ=";

/// The bodies that are known for a host, then behind a bar those that are revoked.
std::string found(const std::string& text, const std::string& host, std::uint16_t port = 22) {
    const auto known = KnownHosts(text).lookup(host, port);
    std::string out;
    for (const HostKey& key : known.keys) out += key.base64 + " ";
    out += "|";
    for (const HostKey& key : known.revoked) out += " " + key.base64;
    return out;
}

TEST(KnownHosts, FindsNamesPortsAndRevokedKeys) {
    const KnownHosts known(
        "web,192.0.2.1 ssh-ed25519 AAAA\n[web]:2222 ssh-rsa BBBB\n@revoked * ssh-ed25519 "
        "CCCC\n*.example.net,!bad.example.net ssh-ed25519 DDDD\n");
    EXPECT_EQ(known.lookup("WEB", 22).keys.size(), 1U);
    EXPECT_EQ(known.lookup("web", 2222).keys.at(0).base64, "BBBB");
    EXPECT_EQ(known.lookup("web", 2223).keys.size(), 0U);
    EXPECT_EQ(known.lookup("other", 22).revoked.at(0).base64, "CCCC");
    EXPECT_EQ(known.lookup("a.example.net", 22).keys.size(), 1U);
    EXPECT_EQ(known.lookup("bad.example.net", 22).keys.size(), 0U);
}

TEST(KnownHosts, PassesOverWhatItCannotReadButNeverARevocation) {
    EXPECT_NO_THROW(KnownHosts("web ssh-ed25519 ???\n@cert-authority * ssh-ed25519 AAAA\nweb\n"));
    EXPECT_THROW(KnownHosts("@revoked * ssh-ed25519 ???\n"), Error);
    EXPECT_THROW(KnownHosts("@revoked * ssh-ed25519\n"), Error);
}

TEST(KnownHosts, FindsAHashedNameWithItsPort) {
    EXPECT_EQ(found(hashed + " ssh-ed25519 AAAA", "web.example.net"), "AAAA |");
    EXPECT_EQ(found(hashed + " ssh-ed25519 AAAA", "Web.Example.Net"), "AAAA |");
    EXPECT_EQ(found(hashed + " ssh-ed25519 AAAA", "web.example.org"), "|");
    EXPECT_EQ(found(hashed + " ssh-ed25519 AAAA", "web.example.net", 2222), "|");
    EXPECT_EQ(found(hashed_port + " ssh-ed25519 AAAA", "web.example.net", 2222), "AAAA |");
    EXPECT_EQ(found(hashed_port + " ssh-ed25519 AAAA", "web.example.net"), "|");
    EXPECT_EQ(found("@revoked " + hashed + " ssh-ed25519 AAAA", "web.example.net"), "| AAAA");
}

TEST(KnownHosts, FindsEveryTypeOfOneHostInTheOrderOfTheFile) {
    const std::string text = "web ssh-ed25519 AAAA\n# web ssh-rsa CCCC\n\n  web\tssh-rsa BBBB comment\r\n";
    EXPECT_EQ(found(text, "web"), "AAAA BBBB |");
    EXPECT_EQ(KnownHosts(text).lookup("web", 22).keys.at(1).type, "ssh-rsa");
    EXPECT_EQ(found(text, "we"), "|");
}

TEST(KnownHosts, MatchesWildcardsWithinTheirPattern) {
    EXPECT_EQ(found("web? ssh-rsa AAAA", "web1"), "AAAA |");
    EXPECT_EQ(found("web? ssh-rsa AAAA", "web12"), "|");
    EXPECT_EQ(found("[*.example.net]:2222 ssh-rsa AAAA", "a.example.net", 2222), "AAAA |");
    EXPECT_EQ(found("[*.example.net]:2222 ssh-rsa AAAA", "a.example.net", 22), "|");
    EXPECT_EQ(found("web[12] ssh-rsa AAAA", "web1"), "|") << "a bracket is no wildcard here";
    EXPECT_EQ(found("web\\* ssh-rsa AAAA", "web*"), "|");
}

TEST(KnownHosts, LetsANegatedNameWinWhereverItStands) {
    EXPECT_EQ(found("!bad.x,*.x ssh-rsa AAAA", "bad.x"), "|");
    EXPECT_EQ(found("*.x,!bad.x ssh-rsa AAAA", "bad.x"), "|");
    EXPECT_EQ(found("*.x,!bad.x ssh-rsa AAAA", "good.x"), "AAAA |");
    EXPECT_EQ(found("!bad.x ssh-rsa AAAA", "good.x"), "|") << "a negation alone names nobody";
    EXPECT_EQ(found("*.x,!bad.x ssh-rsa AAAA\nbad.x ssh-rsa BBBB", "bad.x"), "BBBB |");
}

TEST(KnownHosts, KeepsRevokedKeysApartFromKnownOnes) {
    const std::string text =
        "web ssh-ed25519 AAAA\n@revoked web ssh-ed25519 AAAA\n@revoked db ssh-rsa BBBB\n";
    EXPECT_EQ(found(text, "web"), "AAAA | AAAA");
    EXPECT_EQ(found(text, "other"), "|");
    EXPECT_EQ(found("@revoked * ssh-rsa AAAA", "web", 2222), "| AAAA");
}

TEST(KnownHosts, RefusesARevocationWhoseNameCouldNeverMatch) {
    for (const char* name : {"|1|???|AAAA", "|1|AAAA", "|2|AAAA|AAAA", "|1|AAAA|AAA"}) {
        EXPECT_THROW(KnownHosts("@revoked " + std::string(name) + " ssh-rsa AAAA"), Error) << name;
        EXPECT_EQ(found(std::string(name) + " ssh-rsa AAAA", name), "|");
    }
}

// A revoked body in a second spelling would equal no key that a target shows.
TEST(KnownHosts, RefusesARevocationInASecondSpelling) {
    EXPECT_NO_THROW(KnownHosts("@revoked web ssh-rsa Zg=="));
    EXPECT_THROW(KnownHosts("@revoked web ssh-rsa Zh=="), Error);
}

}  // namespace
}  // namespace sallyport
