// SPDX-License-Identifier: Apache-2.0
#include "config/python_text.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

using Words = std::vector<std::string>;

TEST(ShellWords, AreThoseOfPythonsShlex) {
    EXPECT_EQ(shell_words("a b=c"), (Words{"a", "b=c"}));
    EXPECT_EQ(shell_words("a 'b c'd \"e \\\" \\x\""), (Words{"a", "b cd", "e \" \\x"}));
    EXPECT_EQ(shell_words("a\\ b c#d e"), (Words{"a b", "c"}));
    EXPECT_EQ(shell_words("'' \"\""), (Words{"", ""}));
    EXPECT_EQ(shell_words("'#'#"), Words{"#"});
}

TEST(ShellWords, RefuseWhatIsLeftOpen) {
    for (const char* text : {"a 'b", "a \"b", "a \\", "\"\\"}) EXPECT_FALSE(shell_words(text)) << text;
}

TEST(PythonLines, EndWherePythonEndsThem) {
    EXPECT_EQ(python_lines("a\r\nb\n\nc\vd\xc2\x85"
                           "e\xe2\x80\xa8"),
              (std::vector<std::string_view>{"a", "b", "", "c", "d", "e"}));
    EXPECT_TRUE(python_lines("").empty());
    EXPECT_EQ(python_strip(" \t\xc2\xa0 a b\xe3\x80\x80"), "a b");
}

TEST(PythonLiterals, AreWhatPythonMakesOfThem) {
    const std::initializer_list<std::tuple<const char*, Scalar::Kind, const char*>> rows = {
        {"22", Scalar::Kind::number, "22"},        {"0x16 # hex", Scalar::Kind::number, "22"},
        {"1_000", Scalar::Kind::number, "1000"},   {"-5", Scalar::Kind::number, "-5"},
        {"(22)", Scalar::Kind::number, "22"},      {"1.10", Scalar::Kind::number, "1.1"},
        {"5.", Scalar::Kind::number, "5.0"},       {"'a' \"b\"", Scalar::Kind::text, "ab"},
        {"u'x'", Scalar::Kind::text, "x"},         {"r'\\d'", Scalar::Kind::text, "\\d"},
        {"'\\x41\\n'", Scalar::Kind::text, "A\n"}, {"'''a'b'''", Scalar::Kind::text, "a'b"},
        {"True", Scalar::Kind::truth, "True"},     {"None", Scalar::Kind::none, ""},
        {"[1, 'a']", Scalar::Kind::many, ""},      {"{'a': (1,), 2: set()}", Scalar::Kind::many, ""},
        {"22,", Scalar::Kind::many, ""},           {"()", Scalar::Kind::many, ""},
        {"2j", Scalar::Kind::other, ""},           {"1+2j", Scalar::Kind::unknown, ""}};
    for (const auto& [text, kind, meant] : rows) {
        EXPECT_EQ(python_literal(text).kind, kind) << text;
        EXPECT_EQ(python_literal(text).text, meant) << text;
    }
}

TEST(PythonLiterals, AreTheTextItselfWherePythonRefusesThem) {
    for (const char* text :
         {"022", "yes",  "host.example", "192.0.2.7", "a b",   "--5",       "1+2", "1__0", "0xg", "[1", "1 2",
          "'a",  "f'x'", "b'a' 'b'",     "{'a'}, }",  "-True", "foo # bar", "\\",  "",     "'\\"}) {
        EXPECT_EQ(python_literal(text).kind, Scalar::Kind::text) << text;
        EXPECT_EQ(python_literal(text).text, text);
    }
    const std::string deep(200, '(');
    EXPECT_EQ(python_literal(deep).text, deep);
}

}  // namespace
}  // namespace sallyport
