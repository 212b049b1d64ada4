// SPDX-License-Identifier: Apache-2.0
#include "cli/config_ssh.h"

#include <gtest/gtest.h>

namespace sallyport::cli {
namespace {

Json row(const std::string& name, const std::string& address, const std::string& user = "ubuntu") {
    return {{"address", name},         {"inventory_name", name}, {"workspace", "acme"},
            {"ansible_host", address}, {"user", user},           {"port", 22}};
}

std::string config(const std::vector<Json>& hosts) {
    Bastion bastion;
    bastion.host = "bastion.example";
    bastion.port = "2222";
    return ssh_config_for(hosts, bastion, "/home/a b/keys");
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(ConfigSsh, SendsEachHostByNameAndAddressThroughTheBastion) {
    const std::string text = config({row("web-01", "192.0.2.1")});
    EXPECT_TRUE(has(text, "Host sallyport-bastion\n  HostName bastion.example\n  Port 2222\n")) << text;
    EXPECT_TRUE(has(text, "Host web-01 192.0.2.1\n  ProxyJump acme+@sallyport-bastion\n  User ubuntu\n"))
        << text;
    EXPECT_TRUE(has(text, "Host web-01 192.0.2.1\n  HostKeyAlias sallyport-targets\n")) << text;
    EXPECT_TRUE(has(text, "UserKnownHostsFile \"/home/a b/keys\"")) << text;
    EXPECT_FALSE(has(text, "Host *")) << "no other host of the user's is touched";
}

TEST(ConfigSsh, NamesNoAddressThatTwoHostsShare) {
    EXPECT_FALSE(has(config({row("a", "192.0.2.1"), row("b", "192.0.2.1")}), "192.0.2.1"));
}

TEST(ConfigSsh, LetsNothingOfAnInventoryBecomeASetting) {
    for (const char* name : {"a\n  ProxyCommand x", "*", "a b", "-oProxyCommand=x", "a%h", "!a", "a\"", ""}) {
        const std::string text = config({row(name, "192.0.2.1")});
        EXPECT_FALSE(has(text, "\n  ProxyCommand")) << text;
        EXPECT_FALSE(has(text, "ProxyJump acme")) << text;
        EXPECT_TRUE(has(text, "# left out: ")) << text;
    }
    Json bad = row("web-01", "192.0.2.1");
    bad["workspace"] = "acme\n  ProxyCommand x";
    EXPECT_TRUE(has(config({bad}), "# left out: web-01")) << "the bastion's own words are outside words, too";
    const std::string text = config({row("web-01", "192.0.2.1 *", "root\n  LocalCommand x")});
    EXPECT_TRUE(has(text, "Host web-01\n  ProxyJump acme+@sallyport-bastion\n\n")) << text;
}

TEST(ConfigSsh, LeavesOutWhatCannotBeReached) {
    Json host = row("web-01", "192.0.2.1");
    host["unusable"] = "a template";
    EXPECT_TRUE(has(config({host}), "# left out: web-01, which cannot be reached by SSH"));
}

}  // namespace
}  // namespace sallyport::cli
