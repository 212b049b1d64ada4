// SPDX-License-Identifier: Apache-2.0
#include "cli/print.h"

#include <gtest/gtest.h>

namespace sallyport::cli {
namespace {

template <typename Print>
std::string printed(Print print) {
    ::testing::internal::CaptureStdout();
    print();
    return ::testing::internal::GetCapturedStdout();
}

TEST(PrintTable, AlignsItsColumns) {
    EXPECT_EQ(printed([] {
                  print_table({{"HOST", "USER"}, {"web.example", "al"}, {"b", "carol"}});
              }),
              "HOST         USER\nweb.example  al\nb            carol\n");
    EXPECT_EQ(printed([] { print_table({{"bär", "x"}, {"bear", "x"}}); }), "bär   x\nbear  x\n");
    EXPECT_EQ(printed([] { print_table({}); }), "");
    EXPECT_EQ(printed([] { print_table({{"a", "b"}, {"c"}}); }), "a  b\nc\n");
}

TEST(PrintTable, LetsNoCellActOnTheTerminalOrForgeARow) {
    EXPECT_EQ(printed([] {
                  print_table({{"\x1b]52;c;x\a", "a\nroot"}});
              }),
              "\\x1b]52;c;x\\x07  a\\x0aroot\n");
    EXPECT_EQ(printed([] { print_table({{"wörld", "ok"}}); }), "wörld  ok\n");
}

TEST(Cell, FindsAMemberThroughObjects) {
    const Json object = Json::parse(R"({"a": {"b": "x", "n": 3, "t": true}, "list": [1, "y"]})");
    EXPECT_EQ(cell(object, "a.b"), "x");
    EXPECT_EQ(cell(object, "a.n"), "3");
    EXPECT_EQ(cell(object, "a.t"), "true");
    EXPECT_EQ(cell(object, "list"), "[1,\"y\"]");
}

TEST(Cell, IsEmptyWhereThereIsNone) {
    const Json object = Json::parse(R"({"a": {"b": "x"}, "s": "text"})");
    for (const char* path : {"b", "a.c", "a.b.c", "s.t", "", "."}) EXPECT_EQ(cell(object, path), "") << path;
    EXPECT_EQ(cell(Json("text"), "a"), "");
}

TEST(PrintJson, IsOneLineWhateverTheTextHolds) {
    EXPECT_EQ(printed([] { print_json(Json{{"a", "x\n\x1b"}}); }), "{\"a\":\"x\\n\\u001b\"}\n");
    EXPECT_EQ(printed([] { print_json(Json("\u00fc\u009b\u202e")); }), "\"\\u00fc\\u009b\\u202e\"\n")
        << "what acts on a terminal";
    EXPECT_NO_THROW((void)printed([] { print_json(Json("\xff")); }));
}

}  // namespace
}  // namespace sallyport::cli
