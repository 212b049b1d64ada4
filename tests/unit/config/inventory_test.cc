// SPDX-License-Identifier: Apache-2.0
#include "config/inventory.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

Inventory read(const std::string& text, std::string* faults = nullptr) {
    Faults found;
    Inventory out = parse_inventory(text, "inventory.yml", found);
    if (faults != nullptr)
        *faults = to_text(found);
    else
        EXPECT_TRUE(found.empty()) << to_text(found);
    return out;
}

TEST(Inventory, ResolvesVariablesInAnsiblesOrder) {
    const auto hosts = read(R"(
all:
  vars: {ansible_user: from_all, ansible_port: 1}
  children:
    parent:
      vars: {ansible_user: from_parent, ansible_port: 2}
      children:
        child: {vars: {ansible_port: 3}, hosts: {h: {}}}
)")
                           .hosts;
    EXPECT_EQ(hosts.at("h").user, "from_parent");
    EXPECT_EQ(hosts.at("h").port, 3);
    EXPECT_EQ(hosts.at("h").groups, (std::set<std::string>{"child", "parent"}));
}

TEST(Inventory, TakesTheOlderSpellingWhereBothStandAsAnsibleDoes) {
    EXPECT_EQ(read("all: {hosts: {h: {ansible_host: a, ansible_ssh_host: b}}}").hosts.at("h").ansible_host,
              "b");
}

TEST(Inventory, TakesInMergedMapsAsAnsibleDoes) {
    const std::string defaults =
        "all:\n  vars:\n    one: &one {ansible_host: a, ansible_port: 1}\n"
        "    two: &two {ansible_port: 2, ansible_user: u}\n  hosts:\n";
    const auto hosts = read(defaults +
                            "    h: {<<: *one, ansible_port: 3}\n"
                            "    i: {ansible_user: v, <<: [*two, *one]}\n"
                            "    j: {\"<<\": {ansible_host: none}}\n")
                           .hosts;
    EXPECT_EQ(hosts.at("h").ansible_host, "a");
    EXPECT_EQ(hosts.at("h").port, 3) << "what the map says itself wins";
    EXPECT_EQ(hosts.at("i").ansible_host, "a");
    EXPECT_EQ(hosts.at("i").port, 2) << "the first of a list wins";
    EXPECT_EQ(hosts.at("i").user, "v");
    EXPECT_EQ(hosts.at("j").ansible_host, "j") << "a quoted << is a name like any other";
    std::string faults;
    (void)read(defaults + "    h: {<<: word}\n", &faults);
    EXPECT_NE(faults.find("inventory.yml:6: <<"), std::string::npos) << faults;
}

TEST(Inventory, FindsHostsOfRangesOfChildrenAndOfOtherTopGroups) {
    const auto hosts =
        read("all: {children: {web: {hosts: {\"w[01:03].x\": {}}}}}\nother: {hosts: {o: }}").hosts;
    EXPECT_EQ(hosts.size(), 4U);
    EXPECT_EQ(hosts.at("w02.x").ansible_host, "w02.x");
    EXPECT_EQ(hosts.at("o").groups.count("other"), 1U);
}

TEST(Inventory, NamesFileAndLineOfWhatItCannotEvaluate) {
    const auto hosts =
        read("all:\n  hosts:\n    h:\n      ansible_host: \"{{ x }}\"\n    v: {ansible_connection: local}\n")
            .hosts;
    EXPECT_NE(hosts.at("h").unusable.find("inventory.yml:4:"), std::string::npos) << hosts.at("h").unusable;
    EXPECT_NE(hosts.at("v").unusable, "");
}

TEST(Inventory, LetsNobodyToAHostWhoseAddressIsEmptyOrNoSingleValue) {
    const auto hosts = read(
                           "all:\n  hosts:\n    a: {ansible_host: }\n    b: {ansible_host: \"\"}\n    c: "
                           "{ansible_host: [x]}\n"
                           "    d: {ansible_host: 192.0.2.1}\n")
                           .hosts;
    for (const char* name : {"a", "b", "c"}) EXPECT_NE(hosts.at(name).unusable, "") << name;
    EXPECT_EQ(hosts.at("d").unusable, "");
}

TEST(Inventory, RefusesTheReservedNameCyclesAndDuplicates) {
    std::string faults;
    (void)read("all: {hosts: {sallyport: {}}}", &faults);
    EXPECT_NE(faults.find("bastion's own name"), std::string::npos);
    (void)read("a: {children: {b: }}\nb: {children: {a: }}", &faults);
    EXPECT_NE(faults.find("its own ancestor"), std::string::npos);
    (void)read("all: {hosts: {h: {}, h: {}}}", &faults);
    EXPECT_NE(faults.find("twice"), std::string::npos);
}

TEST(Inventory, TellsWhatChangedFromOneLoadToTheNext) {
    const Inventory before = read("all: {hosts: {same: , moved: {ansible_host: a}, gone: }}");
    const Inventory after = read("all: {hosts: {same: , moved: {ansible_host: b}, come: }}");
    const HostChanges found = changes(before, after);
    EXPECT_EQ(found.added, std::vector<std::string>{"come"});
    EXPECT_EQ(found.removed, std::vector<std::string>{"gone"});
    EXPECT_EQ(found.changed, std::vector<std::string>{"moved"});
    EXPECT_TRUE(changes(before, before).is_none());
}

TEST(Inventory, BoundsWhatAHostileFileAsksFor) {
    std::string faults;
    std::string many;
    for (int i = 0; i < 400; ++i) many += "    \"h" + std::to_string(i) + "x[0:65000]\": {}\n";
    (void)read("all:\n  hosts:\n" + many, &faults);
    EXPECT_NE(faults.find("more than 200000 hosts"), std::string::npos) << faults.substr(0, 300);
    std::string chain;
    for (int i = 0; i < 20'000; ++i)
        chain += "g" + std::to_string(i) + ": {children: {g" + std::to_string(i + 1) + ": }}\n";
    (void)read(chain, &faults);
    EXPECT_NE(faults.find("more than 10000 groups"), std::string::npos);
}

}  // namespace
}  // namespace sallyport
