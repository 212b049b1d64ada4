// SPDX-License-Identifier: Apache-2.0
#include "config/json_tree.h"

#include <gtest/gtest.h>

#include "config/scalar.h"

namespace sallyport {
namespace {

TEST(JsonTrees, KnowTheLinesOfTheirValues) {
    Faults faults;
    const auto root = parse_json_tree("{\n \"a\": 1\n,\"b\":\n \"x\", \"c\": [true,\nnull]}", "f", faults);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("a")->line, 2);
    EXPECT_EQ(root->find("b")->line, 4);
    EXPECT_EQ(root->find("c")->items[1].line, 5);
    EXPECT_EQ(yaml_scalar(*root->find("a")).text, "1");
    EXPECT_EQ(yaml_scalar(root->find("c")->items[0]).text, "True");
}

TEST(JsonTrees, KeepNumbersApartFromTexts) {
    Faults faults;
    const auto root =
        parse_json_tree(R"({"a": 1e3, "b": "022", "c": 123456789012345678901234567890})", "f", faults);
    EXPECT_EQ(yaml_scalar(*root->find("a")).text, "1000.0");
    EXPECT_EQ(yaml_scalar(*root->find("b")).text, "022");
    EXPECT_EQ(yaml_scalar(*root->find("c")).text, "123456789012345678901234567890");
}

TEST(JsonTrees, RefuseDuplicatesDepthAndWhatIsNoJson) {
    Faults faults;
    EXPECT_TRUE(parse_json_tree("{\"a\": 1,\n\"a\": 2}", "f", faults));
    EXPECT_EQ(to_text(faults), "f:2: the key a stands here twice");
    faults.clear();
    EXPECT_TRUE(parse_json_tree(std::string(100, '[') + std::string(100, ']'), "f", faults));
    EXPECT_EQ(to_text(faults), "f:1: nested too deeply");
    faults.clear();
    for (const char* text : {"{a: 1}", "{\"a\": 1,}", "{} x", "[1", ""})
        EXPECT_FALSE(parse_json_tree(text, "f", faults)) << text;
    EXPECT_TRUE(faults.empty());
}

}  // namespace
}  // namespace sallyport
