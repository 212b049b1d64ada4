// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "config/daemon_config.h"
#include "config/policy_file.h"

namespace sallyport {
namespace {

std::string faults_of(const std::string& policy) {
    Faults faults;
    (void)parse_policy(policy, "policy.yml", faults);
    return to_text(faults);
}

TEST(DaemonConfig, TellsAllFaultsAtOnceWithLineAndNearestKey) {
    Faults faults;
    (void)parse_daemon_config("node: a\nlisen: [x]\ntimeouts: {idle: soon}\n", "s.yml", faults);
    ASSERT_EQ(faults.size(), 2U) << to_text(faults);
    EXPECT_NE(to_text(faults).find("s.yml:2: unknown setting lisen; the nearest known one is listen"),
              std::string::npos)
        << to_text(faults);
    EXPECT_NE(to_text(faults).find("s.yml:3: timeouts: idle must be a time"), std::string::npos);
}

std::string config_faults(const std::string& text) {
    Faults faults;
    (void)parse_daemon_config(text, "s.yml", faults);
    return to_text(faults);
}

TEST(DaemonConfig, RefusesWhatWouldLetNobodyInOrMeanNothing) {
    for (const char* text :
         {"limits: {connections: 0}", "limits: {login_grace: 0s}", "timeouts: {idle: 0}",
          "timeouts: {max: 999999d}", "listen: []", "listen: [\"2222\"]", "listen: [\"localhost:22\"]",
          "listen: [\"::1:22\"]", "listen: [\"1.2.3.4:70000\"]", "http: nonsense", "host_key_types: [dsa]",
          "host_key_types: []", "recording: {min_free: banana}", "recording: {min_free: 95%}",
          "recording: {digest: some}", "plain_macs: some"})
        EXPECT_NE(config_faults(text), "") << text;
    for (const char* text : {"limits: {connections: 1}", "timeouts: {drain: 0}", "timeouts: {max: 36500d}",
                             "listen: [\"[::]:2222\", \"192.0.2.1:22\", \":22\"]", "http: \"\"",
                             "host_key_types: [ed25519, ecdsa]", "recording: {min_free: 10%}",
                             "recording: {min_free: 2GiB}", "plain_macs: true"})
        EXPECT_EQ(config_faults(text), "") << text;
}

TEST(DaemonConfig, TakesPlainMacsWhenToldSoAloneAndAfterARestart) {
    Faults faults;
    const auto plain = parse_daemon_config("plain_macs: true", "/x/s.yml", faults);
    const auto unsaid = parse_daemon_config("node: gate-1", "/x/s.yml", faults);
    EXPECT_TRUE(plain.plain_macs);
    EXPECT_FALSE(unsaid.plain_macs);
    EXPECT_EQ(restart_needed(unsaid, plain), std::vector<std::string>{"plain_macs"});
    EXPECT_TRUE(restart_needed(plain, plain).empty());
}

TEST(DaemonConfig, ComesBackTheSameFromItsDump) {
    Faults faults;
    const auto config = parse_daemon_config(
        "node: n\nplain_macs: true\nlimits: {connections: 7}\nbanner: \"a\\nb\"\n", "/x/s.yml", faults);
    const auto again = parse_daemon_config(dump(config), "/x/s.yml", faults);
    EXPECT_TRUE(faults.empty()) << to_text(faults);
    EXPECT_EQ(again.limits.connections, 7U);
    EXPECT_TRUE(again.plain_macs);
    EXPECT_EQ(again.banner, "a\nb");
}

TEST(PolicyFile, RefusesAKeyThatTwoOperatorsHave) {
    const std::string key =
        "[\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFgfZq3mDmLD1/jmEVEmSFFHQZT4MApSkHnbrJ0mUiXT\"]";
    EXPECT_NE(faults_of("operators:\n  a: {keys: " + key + "}\n  b: {keys: " + key + "}\n")
                  .find("one key belongs to one operator"),
              std::string::npos);
}

TEST(PolicyFile, RefusesADuplicateKeyAndASecondDocument) {
    EXPECT_NE(faults_of("roles: []\nroles: []\n").find("stands here twice"), std::string::npos);
    EXPECT_NE(faults_of("roles: []\n---\ndeny: []\n").find("second document"), std::string::npos);
}

TEST(PolicyFile, RefusesWhatMatchesNobodyOrQuietlyEverybody) {
    const std::string people = "operators:\n  alice: {groups: [ops]}\n";
    const auto role = [&](const std::string& rest) {
        return faults_of(people + "roles:\n  - {name: r, operators: [alice], " + rest + "}\n");
    };
    const auto deny = [&](const std::string& rest) {
        return faults_of(people + "deny:\n  - {" + rest + "}\n");
    };
    EXPECT_EQ(
        role("sources: [\"192.0.2.0/24\"], forward_to: [\"db:5432\", \"db:*\", \"unix:/run/x\", \"unix:*\"]"),
        "");
    EXPECT_NE(role("sources: []").find("is empty"), std::string::npos);
    EXPECT_NE(role("allow: [forward_ssh]").find("forward_local"), std::string::npos);
    EXPECT_EQ(role("allow: [sftp_read, exec]"), "");
    EXPECT_NE(role("allow: [sftp, sftp_read]").find("in place of sftp"), std::string::npos);
    for (const char* place :
         {"db", "db:0", "db:99999", ":1", "db:http", "unix:x", "unix:", "unix:/", "unix:/run/*/../x",
          "unix:/run//x", "unix:/run/./x", "unix:/run/x/", "unix:/run/\\0x", "unix:/run/\\nx"})
        EXPECT_NE(role("forward_to: [\"" + std::string(place) + "\"]").find("forward_to"), std::string::npos)
            << place;
    EXPECT_EQ(role("forward_to: [\"unix:run/x\"]"),
              "policy.yml:4: forward_to: unix:run/x is no HOST:PORT, HOST:*, *:PORT, unix:/PATH or unix:*");
    EXPECT_EQ(deny("operators: [\"@ops\", alice, \"*\"]"), "");
    EXPECT_NE(deny("operators: [alise]").find("nobody is alise"), std::string::npos);
    EXPECT_NE(deny("operators: [\"@op\"]").find("nobody is @op"), std::string::npos);
    EXPECT_NE(deny("targets: []").find("is empty"), std::string::npos);
}

}  // namespace
}  // namespace sallyport
