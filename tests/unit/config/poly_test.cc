// SPDX-License-Identifier: Apache-2.0
#include "config/poly.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/error.h"
#include "tests/unit/temporary.h"

namespace sallyport {
namespace {

class Poly : public ::testing::Test {
 protected:
    Temporary folder;

    void put(const std::string& name, const std::string& text) const {
        const std::filesystem::path file = std::filesystem::path(folder.text()) / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    [[nodiscard]] PolyWorkspace read() const { return PolyWorkspace(folder.text()); }
    [[nodiscard]] std::string refusal(const std::function<void(const PolyWorkspace&)>& ask) const {
        try {
            ask(read());
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
};

TEST_F(Poly, GivesAChildWhatItLacksAndMergesDeeply) {
    put("workspace.poly",
        "name: shop\nblocks:\n  - {name: patch-web, from: linux-patch, config: {target_hosts: web, deep: {a: "
        "1}}}\n");
    put("blocks/linux-patch/block.poly",
        "name: linux-patch\nversion: 0.1.0\nconfig: {target_hosts: all, deep: {a: 0, b: 2}, list: [1, "
        "2]}\nactions:\n"
        "  - {name: patch, playbook: patch.yml, prompt: {message: \"Patch now?\"}}\n  - {name: uptime, "
        "script: [uptime]}\n");
    const PolyBlock block = read().block("patch-web");
    EXPECT_EQ(block.name, "patch-web");
    EXPECT_EQ(block.version, "0.1.0");
    EXPECT_EQ(block.body["config"],
              (Json{{"target_hosts", "web"}, {"deep", {{"a", 1}, {"b", 2}}}, {"list", {1, 2}}}));
    EXPECT_EQ(block.folder, folder.text() + "/blocks/linux-patch") << "its actions run where its parent is";
    EXPECT_EQ(read().action(block, "patch").prompt, "Patch now?");
    EXPECT_EQ(read().action(block, "uptime").script, std::vector<std::string>{"uptime"});
}

TEST_F(Poly, MergesActionsByName) {
    put("workspace.poly",
        "name: shop\nblocks: [{name: mine, from: base, actions: [{name: b, playbook: mine.yml}, {name: c, "
        "script: [x]}]}]\n");
    put("blocks/base/block.poly",
        "name: base\nactions: [{name: a, playbook: a.yml}, {name: b, playbook: b.yml, alias: [bee]}]\n");
    const PolyBlock block = read().block("mine");
    EXPECT_EQ(read().action(block, "a").playbook, "a.yml");
    EXPECT_EQ(read().action(block, "bee").playbook, "mine.yml");
    EXPECT_EQ(read().action(block, "c").script.size(), 1U);
}

TEST_F(Poly, LetsAnInstanceBearItsParentsName) {
    put("workspace.poly",
        "name: acme\nblocks: [{name: linux-patch, from: linux-patch, config: {target_hosts: all}}]\n");
    put("blocks/linux-patch/block.poly",
        "name: linux-patch\nactions: [{name: patch, type: ansible, playbook: patch.yml}]\n");
    EXPECT_EQ(read().block("linux-patch").body["config"]["target_hosts"], "all");
}

TEST_F(Poly, TakesABlockThatOnlyItsFolderNames) {
    put("workspace.poly", "name: acme\n");
    put("blocks/tools/block.poly", "name: tools\nactions: [{name: say, script: [echo]}]\n");
    EXPECT_EQ(read().block("tools").actions.size(), 1U);
    EXPECT_EQ(read().block_names(), std::vector<std::string>{"tools"});
}

TEST_F(Poly, TakesALocalCopyOfARegistrysBlockOfThatVersionAlone) {
    put("workspace.poly",
        "name: acme\nblocks: [{name: a, from: 'hub.example/team/tools:1.2.0'}, {name: b, from: "
        "'hub.example/team/tools:1.3.0'}, {name: c, from: gone}]\n");
    put("blocks/hub.example/team/tools/block.poly", "name: tools\nversion: 1.2.0\n");
    EXPECT_EQ(read().block("a").version, "1.2.0");
    EXPECT_NE(
        refusal([](const PolyWorkspace& w) { (void)w.block("b"); }).find("has version 1.2.0; get it with"),
        std::string::npos);
    EXPECT_NE(refusal([](const PolyWorkspace& w) {
                  (void)w.block("c");
              }).find("from gone, which is not in blocks/"),
              std::string::npos);
}

TEST_F(Poly, MergesSecretsOverItAndKnowsThem) {
    put("workspace.poly", "name: acme\nblocks: [{name: db, config: {user: app, password: none}}]\n");
    put("secrets.poly", "blocks: [{name: db, config: {password: hunter2, pin: '12'}}]\n");
    EXPECT_EQ(read().block("db").body["config"],
              (Json{{"user", "app"}, {"password", "hunter2"}, {"pin", "12"}}));
    EXPECT_EQ(read().secrets(), std::vector<std::string>{"hunter2"})
        << "what is short would mask half of every log";
}

TEST_F(Poly, RefusesWhatLeadsOutOfTheWorkspace) {
    for (const char* name : {"../x", "/etc", "a/../../x", ".git"}) {
        put("workspace.poly", std::string("name: acme\nblocks: [{name: evil, from: '") + name + "'}]\n");
        EXPECT_NE(refusal([](const PolyWorkspace& w) { (void)w.block("evil"); }).find("within the workspace"),
                  std::string::npos)
            << name;
    }
    EXPECT_NE(refusal([](const PolyWorkspace& w) { (void)w.block("../../etc"); }), "");
}

TEST_F(Poly, RefusesParentsThatNeverEnd) {
    put("workspace.poly", "name: acme\n");
    put("blocks/a/block.poly", "name: a\nfrom: b\n");
    put("blocks/b/block.poly", "name: b\nfrom: a\n");
    EXPECT_NE(refusal([](const PolyWorkspace& w) { (void)w.block("a"); }).find("never end"),
              std::string::npos);
}

TEST_F(Poly, RefusesAnActionThatIsBothOrNeither) {
    put("workspace.poly",
        "name: acme\nblocks: [{name: a, actions: [{name: x}]}, {name: b, actions: [{name: x, playbook: p, "
        "script: [s]}]}]\n");
    for (const char* block : {"a", "b"})
        EXPECT_NE(refusal([&](const PolyWorkspace& w) {
                      (void)w.block(block);
                  }).find("either a playbook or a script"),
                  std::string::npos);
}

TEST_F(Poly, FindsTheInventoryOfABlock) {
    put("workspace.poly",
        "name: acme\nblocks: [{name: a}, {name: b, inventory: {from: a}}, {name: c, inventory: {from: "
        "b}}]\ninventory: {path: inv, filename: hosts.yml}\n");
    EXPECT_EQ(read().inventory_for(read().block("a")), folder.text() + "/inv/hosts.yml");
    put("artifacts/blocks/a/inventory.yml", "all: {}\n");
    EXPECT_EQ(read().inventory_for(read().block("a")), folder.text() + "/artifacts/blocks/a/inventory.yml");
    EXPECT_EQ(read().inventory_for(read().block("b")), folder.text() + "/artifacts/blocks/a/inventory.yml");
    EXPECT_NE(refusal([](const PolyWorkspace& w) { (void)w.inventory_for(w.block("c")); }), "");
}

TEST_F(Poly, ReadsWorkflows) {
    put("workspace.poly",
        "name: acme\nworkflows: [{name: nightly, prompt: {message: 'Now?'}, steps: [{name: one, block: a, "
        "action: x}]}, {name: empty}]\n");
    EXPECT_EQ(read().workflow("nightly").steps.at(0).block, "a");
    EXPECT_EQ(read().workflow("nightly").prompt, "Now?");
    EXPECT_NE(refusal([](const PolyWorkspace& w) { (void)w.workflow("empty"); }).find("no steps"),
              std::string::npos);
    EXPECT_NE(refusal([](const PolyWorkspace& w) { (void)w.workflow("other"); }).find("nightly, empty"),
              std::string::npos);
}

TEST_F(Poly, NamesTheFileAndLineOfAFault) {
    put("workspace.poly", "name: acme\nblocks: [\n");
    EXPECT_NE(refusal([](const PolyWorkspace&) {}).find("workspace.poly"), std::string::npos);
    put("workspace.poly", "organization: acme\n");
    EXPECT_NE(refusal([](const PolyWorkspace&) {}).find("name is missing"), std::string::npos);
}

TEST(PolyValues, AreReadAsGoReadsThem) {
    Faults faults;
    const Json read =
        to_json(parse_yaml("{a: yes, b: true, c: 12, d: 1.5, e: '12', f: ~, g: 022, j: 0x1F, k: -7, l: 1e3, "
                           "m: 1-2, n: '-', h: [x], i: null}",
                           "x", faults));
    EXPECT_EQ(read, (Json{{"a", "yes"},
                          {"b", true},
                          {"c", 12},
                          {"d", 1.5},
                          {"e", "12"},
                          {"f", nullptr},
                          {"g", 18},
                          {"j", 31},
                          {"k", -7},
                          {"l", 1000.0},
                          {"m", "1-2"},
                          {"n", "-"},
                          {"h", Json::array({"x"})},
                          {"i", nullptr}}));
}

}  // namespace
}  // namespace sallyport
