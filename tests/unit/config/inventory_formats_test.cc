// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "config/inventory.h"

namespace sallyport {
namespace {

Inventory read(const std::string& text, const std::string& file = "hosts", std::string* faults = nullptr) {
    Faults found;
    Inventory out = parse_inventory(text, file, found);
    if (faults != nullptr)
        *faults = to_text(found);
    else
        EXPECT_TRUE(found.empty()) << to_text(found);
    return out;
}

std::string fault_of(const std::string& text, const std::string& file = "hosts") {
    std::string faults;
    EXPECT_TRUE(read(text, file, &faults).hosts.empty());
    return faults;
}

const char* const ini = R"(lone ansible_host='192.0.2.7'  # by its address
[web]
w[01:02].x:2022 ansible_user="a b"
[web:vars]
ansible_port = 0x17
ansible_ssh_user=deploy # who else
[eu:children]
web
)";

TEST(IniInventory, IsReadAsAnsibleDoes) {
    const auto hosts = read(ini).hosts;
    EXPECT_EQ(hosts.size(), 3U);
    EXPECT_EQ(hosts.at("lone").ansible_host, "192.0.2.7");
    EXPECT_EQ(hosts.at("lone").groups, std::set<std::string>{"ungrouped"});
    EXPECT_EQ(hosts.at("w02.x").port, 2022) << "the host's own port is above the group's";
    EXPECT_EQ(hosts.at("w02.x").user, "deploy # who else") << "in vars a comment is part of a text";
    EXPECT_EQ(hosts.at("w02.x").groups, (std::set<std::string>{"eu", "web"}));
}

TEST(IniInventory, NamesTheLineOfItsFirstFault) {
    EXPECT_EQ(fault_of("[web]\na\n[db:children]\nnone\n").substr(0, 8), "hosts:4:");
    EXPECT_EQ(fault_of("[web]\n[x:vars]\na=b\n").substr(0, 8), "hosts:2:");
    EXPECT_EQ(fault_of("[web:hosts:x]\n").substr(0, 8), "hosts:1:");
    EXPECT_EQ(fault_of("[web:what]\n").substr(0, 8), "hosts:1:");
    EXPECT_EQ(fault_of("[web]\na b\n").substr(0, 8), "hosts:2:");
    EXPECT_EQ(fault_of("[web]\na 'b\n").substr(0, 8), "hosts:2:");
    EXPECT_EQ(fault_of("[web]\nw[1:\n").substr(0, 8), "hosts:2:");
    EXPECT_EQ(fault_of("[web:vars]\nx\n[web]\n").substr(0, 8), "hosts:2:");
    EXPECT_EQ(fault_of("[a:children]\na\n").substr(0, 8), "hosts:2:");
    EXPECT_EQ(fault_of("[web]\nsallyport\n").substr(0, 8), "hosts:2:");
}

const char* const list = R"({"_meta": {"hostvars": {"h": {"ansible_port": 2022},
  "v": {"ansible_host": {"__ansible_vault": "$ANSIBLE_VAULT;1.1"}}, "stray": {}}},
 "all": {"children": ["ungrouped", "web"]}, "web": {"hosts": ["h", "v"], "vars": {"ansible_user": "u"}}, "short": ["s"]})";

TEST(ListInventory, IsReadAsAnsibleReadsItFromAProgram) {
    const auto hosts = read(list, "hosts.json").hosts;
    EXPECT_EQ(hosts.size(), 3U) << "who is in no group is not there";
    EXPECT_EQ(hosts.at("h").port, 2022);
    EXPECT_EQ(hosts.at("h").user, "u");
    EXPECT_EQ(hosts.at("s").groups, std::set<std::string>{"short"});
    EXPECT_EQ(hosts.at("v").unusable.substr(0, 13), "hosts.json:2:");
}

TEST(ListInventory, NamesTheLineOfAFault) {
    EXPECT_EQ(fault_of("{\"_meta\": {},\n\"web\": {\"hosts\": {}}}").substr(0, 8), "hosts:2:");
    EXPECT_EQ(fault_of("{\"_meta\": {},\n\"web\": [1]}").substr(0, 8), "hosts:2:");
    EXPECT_EQ(fault_of("{\"_meta\": {},\n\"_meta\": {}}").substr(0, 8), "hosts:2:");
}

TEST(InventoryFormats, FollowTheNameAndTheTextAsInAnsible) {
    EXPECT_EQ(read("[web]\nh\n", "hosts.yml").hosts.size(), 1U) << "what is no YAML may be INI";
    EXPECT_EQ(read("all: {hosts: {h: }}", "hosts").hosts.size(), 1U);
    EXPECT_EQ(read("", "hosts.yml").hosts.size(), 0U);
    EXPECT_NE(fault_of("all: {hosts: {h: }}", "hosts.ini"), "") << "an .ini file is never YAML";
}

TEST(InventoryFormats, TellTheFaultOfTheLikelierOne) {
    EXPECT_EQ(fault_of("all:\n  hosts: {a\n", "hosts.yml").find("colon"), std::string::npos);
    EXPECT_NE(fault_of("[web]\na b\n", "hosts").find("NAME=VALUE"), std::string::npos);
    EXPECT_EQ(fault_of("all:\n  hosts: 'a\n", "hosts").find("NAME=VALUE"), std::string::npos);
}

TEST(InventoryFormats, RefuseProgramsAndPluginsInWords) {
    EXPECT_NE(fault_of("#!/bin/sh\necho {}\n").find("never run"), std::string::npos);
    EXPECT_NE(fault_of("plugin: amazon.aws.aws_ec2\n", "x.yml").find("never run"), std::string::npos);
}

TEST(InventoryFormats, RefuseWhatWouldBeQuietlyLost) {
    EXPECT_NE(fault_of("web: {hosts: {1: }}", "x.yml"), "") << "a number is no name";
    EXPECT_NE(fault_of("yes: {hosts: {a: }}", "x.yml"), "") << "nor is True";
    EXPECT_NE(fault_of("web: {hosts: {a: word}}", "x.yml"), "");
    EXPECT_NE(fault_of("web: {vars: {ansible_group_priority: high}}", "x.yml"), "");
    EXPECT_NE(fault_of("web: {vars: {x: !thing y}}", "x.yml"), "");
    EXPECT_NE(fault_of("web: {children: {ungrouped: }}", "x.yml"), "");
    EXPECT_NE(fault_of("web: {hosts: {all: }}", "x.yml"), "");
    EXPECT_NE(fault_of("web: {hosts: {\"a\xff\": }}", "x.yml").find("UTF-8"), std::string::npos);
}

TEST(InventoryPrecedence, GoesByDepthThenPriorityThenName) {
    const std::string two =
        "a: {hosts: {h: }, vars: {ansible_user: a%}}\nb: {hosts: {h: }, vars: {ansible_user: b}}\n";
    const auto with = [&](const std::string& priority) {
        std::string text = two;
        return text.replace(text.find('%'), 1, priority);
    };
    EXPECT_EQ(read(with("")).hosts.at("h").user, "b");
    EXPECT_EQ(read(with(", ansible_group_priority: 2")).hosts.at("h").user, "a");
    EXPECT_EQ(read(with(", ansible_group_priority: 2") + "c: {children: {b: }}\n").hosts.at("h").user, "b");
}

TEST(InventoryPrecedence, GivesAHostOfAGroupsNameItsVariablesToTheGroup) {
    const auto hosts = read("[web]\nweb ansible_user=u\nother\n").hosts;
    EXPECT_EQ(hosts.at("other").user, "u") << "as Ansible does, with a warning";
}

}  // namespace
}  // namespace sallyport
