// SPDX-License-Identifier: Apache-2.0
#include "policy/rules.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "policy/resolve.h"
#include "tests/unit/temporary.h"

namespace sallyport {
namespace {

/// A config, a policy and a workspace in a folder that goes with the test.
class RulesTest : public ::testing::Test {
 protected:
    Temporary home;
    const std::filesystem::path folder = home.path();

    RulesTest() {
        write("ws/key", "a key");
        write("ws/inventory.yml", "all:\n  hosts:\n    web: {}\n");
        write("policy.yml", "roles: []\n");
        config("strict");
    }

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((folder / name).parent_path());
        std::ofstream(folder / name) << text;
    }
    void config(const std::string& host_keys) const {
        write("sallyport.yml",
              "workspaces:\n  - {name: acme, path: ws, key: key, host_keys: " + host_keys + "}\n");
    }
    [[nodiscard]] Loaded load(const std::shared_ptr<const Rules>& previous = nullptr) const {
        return load_rules(folder / "sallyport.yml", folder / "policy.yml", {}, previous);
    }
};

TEST_F(RulesTest, KeepABrokenInventorysHostsButReachThemAsTheConfigOfNowSays) {
    const Loaded first = load();
    ASSERT_TRUE(first.faults.empty()) << to_text(first.faults);
    config("pin-on-first-use");
    write("ws/inventory.yml", "all: [\n");
    const Loaded second = load(first.rules);
    EXPECT_FALSE(second.faults.empty());
    const Workspace& kept = *second.rules->workspaces.at(0);
    EXPECT_EQ(kept.inventory.hosts.count("web"), 1U);
    EXPECT_TRUE(kept.may_pin());
    EXPECT_FALSE(first.rules->workspaces.at(0)->may_pin());
    EXPECT_EQ(kept.key.reveal(), "a key");
}

TEST_F(RulesTest, KeepTheLastGoodStateOfAWorkspaceThatCannotBeLookedAt) {
    const Loaded first = load();
    for (const char* name : {"ws/workspace.poly", "ws/known_hosts"}) {
        std::filesystem::create_symlink(std::filesystem::path(name).filename(), folder / name);
        const Loaded second = load(first.rules);
        EXPECT_NE(to_text(second.faults).find(name), std::string::npos) << to_text(second.faults);
        ASSERT_TRUE(second.rules) << name;
        EXPECT_EQ(second.rules->workspaces.at(0)->inventory.hosts.count("web"), 1U);
        std::filesystem::remove(folder / name);
    }
    EXPECT_TRUE(load(first.rules).faults.empty());
}

TEST_F(RulesTest, TakeNoFileOfAWorkspaceFromElsewhereByALink) {
    write("other/file", "all:\n  hosts:\n    elsewhere: {}\n");
    for (const char* name : {"ws/key", "ws/inventory.yml", "ws/known_hosts", "ws/workspace.poly"}) {
        const auto kept = folder / "kept";
        const bool was_there = std::filesystem::exists(folder / name);
        if (was_there) std::filesystem::rename(folder / name, kept);
        std::filesystem::create_symlink(folder / "other/file", folder / name);
        EXPECT_NE(to_text(load().faults).find("leads outside"), std::string::npos) << name;
        std::filesystem::remove(folder / name);
        if (was_there) std::filesystem::rename(kept, folder / name);
    }
    write("ws/secrets/key", "a key");
    std::filesystem::remove(folder / "ws/key");
    std::filesystem::create_symlink("secrets/key", folder / "ws/key");
    EXPECT_TRUE(load().faults.empty()) << "a link within the workspace is the workspace's own";
}

TEST_F(RulesTest, HaveNoWorkspaceWhoseFirstInventoryIsBroken) {
    write("ws/inventory.yml", "all: [\n");
    EXPECT_TRUE(load().rules->workspaces.empty());
}

TEST_F(RulesTest, TakeAnInventoryWithinTheWorkspaceAndNoneBesideIt) {
    write("outside.yml", "all:\n  hosts:\n    web: {}\n");
    write("ws/hosts/all.yml", "all:\n  hosts:\n    db: {}\n");
    write("ws/workspace.poly", "inventory: {path: hosts, filename: all.yml}\n");
    EXPECT_EQ(load().rules->workspaces.at(0)->inventory.hosts.count("db"), 1U);
    for (const char* elsewhere :
         {"{filename: ../outside.yml}", "{path: .., filename: outside.yml}",
          "{path: hosts/../.., filename: outside.yml}", "{filename: /etc/hostname}"}) {
        write("ws/workspace.poly", std::string("inventory: ") + elsewhere + "\n");
        const Loaded loaded = load();
        EXPECT_NE(to_text(loaded.faults).find("outside of the workspace"), std::string::npos) << elsewhere;
        EXPECT_TRUE(loaded.rules->workspaces.empty()) << elsewhere;
    }
}

TEST_F(RulesTest, TakeAWorkspaceThatIsTheFolderWeAreIn) {
    write("ws/workspace.poly", "inventory: {filename: inventory.yml}\n");
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder / "ws");
    WorkspaceSettings settings;
    settings.name = "acme";
    settings.path = ".";
    settings.key = "key";
    Faults faults;
    EXPECT_NE(load_workspace(settings, faults), nullptr) << to_text(faults);
    std::filesystem::current_path(before);
}

TEST_F(RulesTest, AreReadAnewForTheWorkspacesThatChangedAlone) {
    const auto first = load().rules;
    write("ws/inventory.yml", "all:\n  hosts:\n    db: {}\n");
    EXPECT_EQ(reread(first, {"other"}).rules, nullptr);
    const Loaded anew = reread(first, {"acme"});
    ASSERT_TRUE(anew.rules);
    EXPECT_EQ(anew.rules->workspaces[0]->inventory.hosts.count("db"), 1U);
    EXPECT_EQ(first->workspaces[0]->inventory.hosts.count("db"), 0U);
    write("ws/inventory.yml", "all: {hosts: {a: , a: }}\n");
    const Loaded broken = reread(anew.rules, {"acme"});
    EXPECT_EQ(broken.rules, nullptr) << "the last good one stays";
    EXPECT_EQ(broken.faults.size(), 1U);
}

TEST_F(RulesTest, FindAHostByItsFormerNames) {
    write("sallyport.yml",
          "workspaces:\n  - {name: acme, path: ws, key: key, host_keys: strict, aliases: {old: web, older: "
          "web}}\n");
    const auto rules = load().rules;
    ASSERT_TRUE(rules);
    const auto names = [&](const std::string& name) {
        std::set<std::string> out;
        for (const HostName& other : other_names(*rules, name))
            out.insert(other.workspace + "+" + other.name);
        return out;
    };
    EXPECT_EQ(names("web"), (std::set<std::string>{"acme+old", "acme+older"}));
    EXPECT_EQ(names("old"), (std::set<std::string>{"acme+older", "acme+web"}));
    EXPECT_TRUE(names("stranger").empty());
}

TEST_F(RulesTest, WatchTheFoldersOfInventoryVariablesKeysAndCommit) {
    write("ws/group_vars/web/a.yml", "");
    write("ws/.git/HEAD", "ref: refs/heads/main\n");
    write("ws/.git/refs/heads/main", std::string(40, 'a'));
    write("ws/other/file", "");
    const auto folders = watched_folders(load().rules->workspaces[0]->settings);
    const auto real = std::filesystem::canonical(folder / "ws");
    for (const char* name : {"group_vars", "group_vars/web", ".git", ".git/refs/heads"})
        EXPECT_EQ(folders.count((real / name).string()), 1U) << name;
    EXPECT_EQ(folders.count(real.string()), 1U);
    EXPECT_EQ(folders.count((real / "other").string()), 0U);
}

}  // namespace
}  // namespace sallyport
