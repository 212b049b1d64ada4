// SPDX-License-Identifier: Apache-2.0
#include "config/yaml.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

Yaml read(const std::string& text, std::string& faults) {
    Faults found;
    Yaml out = parse_yaml(text, "f.yml", found);
    faults = to_text(found);
    return out;
}

std::string faults_of(const std::string& text) {
    std::string faults;
    const Yaml root = read(text, faults);
    EXPECT_TRUE(faults.empty() || root.kind == Yaml::Kind::null);
    return faults;
}

bool says(const std::string& faults, const char* words) {
    return faults.find(words) != std::string::npos;
}

std::string nested(std::size_t depth, const std::string& core) {
    return std::string(depth, '[') + core + std::string(depth, ']');
}

TEST(Yaml, KnowsTheLineTheTagAndTheQuotesOfAValue) {
    std::string faults;
    const Yaml root = read("a: 1\nb:\n  - \"2\"\n  - !vault x\nc:\n", faults);
    EXPECT_EQ(faults, "");
    EXPECT_EQ(root.find("a")->text, "1");
    EXPECT_FALSE(root.find("a")->is_quoted);
    const Yaml& list = *root.find("b");
    EXPECT_TRUE(list.items.at(0).is_quoted);
    EXPECT_EQ(list.items.at(1).tag, "!vault");
    EXPECT_EQ(list.items.at(1).line, 4);
    EXPECT_EQ(root.find("c")->kind, Yaml::Kind::null);
    EXPECT_EQ(root.find("d"), nullptr);
}

TEST(Yaml, RefusesAKeyThatStandsTwiceInOneMapButNotInTwo) {
    EXPECT_EQ(faults_of("a: {x: 1}\nb: {x: 1}\n"), "");
    EXPECT_EQ(faults_of("a: {x: 1}\na: {x: 1}\n"), "f.yml:2: the key a stands here twice");
    EXPECT_TRUE(says(faults_of("a: {x: 1, \"x\": 2}"), "stands here twice"));
    EXPECT_TRUE(says(faults_of("[a]: 1"), "a key must be a plain word"));
    EXPECT_TRUE(says(faults_of("? {a: b}\n: 1\n"), "a key must be a plain word"));
}

TEST(Yaml, CopiesWhatAnAliasNames) {
    std::string faults;
    const Yaml root = read("a: &x [1, 2]\nb: *x\n", faults);
    EXPECT_EQ(faults, "");
    EXPECT_EQ(root.find("b")->items.size(), 2U);
}

TEST(Yaml, PutsMergedMembersUnderTheMapsOwnTheFirstSourceFirst) {
    std::string faults;
    const Yaml root = read(
        "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2, w: 2}\nc: {<<: [*a, *b], z: 3}\nd: {\"<<\": *a}\n", faults);
    EXPECT_EQ(faults, "");
    const Yaml& merged = *root.find("c");
    EXPECT_EQ(merged.members.size(), 4U);
    EXPECT_EQ(merged.find("x")->text, "1");
    EXPECT_EQ(merged.find("y")->text, "1");
    EXPECT_EQ(merged.find("z")->text, "3");
    EXPECT_EQ(merged.find("w")->text, "2");
    EXPECT_EQ(root.find("d")->find("x"), nullptr) << "a quoted key is a key";
    EXPECT_TRUE(says(faults_of("a: {<<: 1}"), "can only take in a map"));
    EXPECT_TRUE(says(faults_of("a: {<<: [1]}"), "can only take in a map"));
}

TEST(Yaml, RefusesAnAliasOfNothingOrOfItself) {
    EXPECT_NE(faults_of("a: *x\n"), "");
    EXPECT_NE(faults_of("a: &x [1, *x]\n"), "");
}

TEST(Yaml, RefusesABombOfAliasesBeforeItIsBuilt) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string last = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
        for (int n = 1; n < 10; ++n) bomb.append(", ").append(last);
        bomb += "]\n";
    }
    EXPECT_TRUE(says(faults_of(bomb), "too many values"));
}

TEST(Yaml, IsBoundedInDepthAlsoThroughAliases) {
    EXPECT_EQ(faults_of(nested(64, "x")), "");
    EXPECT_TRUE(says(faults_of(nested(65, "x")), "nested too deeply"));
    EXPECT_TRUE(says(faults_of(nested(10'000, "x")), "nested too deeply"));
    EXPECT_EQ(faults_of("- &a " + nested(31, "x") + "\n- " + nested(32, "*a") + "\n"), "");
    EXPECT_TRUE(
        says(faults_of("- &a " + nested(31, "x") + "\n- " + nested(33, "*a") + "\n"), "nested too deeply"));
}

TEST(Yaml, IsBoundedInBytes) {
    EXPECT_TRUE(says(faults_of("a: " + std::string(16 * 1024 * 1024, 'x')), "longer than 16 MiB"));
}

TEST(Yaml, RefusesAQuoteThatIsNeverClosedSinceItSwallowsTheRest) {
    for (const char* text : {"a: \"x\nb: 1\n", "a: 'x\nb: 1\n\n", "- \"x", "a: \"x\\\"\n"})
        EXPECT_TRUE(says(faults_of(text), "f.yml:")) << text;
    std::string faults;
    EXPECT_EQ(read("a: \"x\n  y\"\nb: 1\n", faults).find("a")->text, "x y");
    EXPECT_EQ(read("a: 1 # x\nb: |\n  two\n  lines\n", faults).find("b")->text, "two\nlines\n");
    EXPECT_EQ(read("b: 'it''s'", faults).find("b")->text, "it's");
    EXPECT_EQ(faults, "");
}

TEST(Yaml, TellsTheLineOfWhatIsNoYaml) {
    for (const char* text : {"a: 1\nb: [1,\n", "a: 1\n\tb: 2\n", "a: 1\n}\n", "a: {b: 1\n"})
        EXPECT_TRUE(says(faults_of(text), "f.yml:")) << text;
    EXPECT_TRUE(says(faults_of("a: 1\n---\nb: 2\n"), "second document"));
    EXPECT_EQ(faults_of(""), "");
    EXPECT_EQ(faults_of("--- \na: 1\n...\n"), "");
}

}  // namespace
}  // namespace sallyport
