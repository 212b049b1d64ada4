// SPDX-License-Identifier: Apache-2.0
#include "config/scalar.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

Scalar read(const std::string& text) {
    Faults faults;
    const Yaml root = parse_yaml("k: " + text, "file.yml", faults);
    EXPECT_TRUE(faults.empty()) << to_text(faults);
    return root.members.empty() ? Scalar{} : yaml_scalar(root.members[0].value);
}

using Rows = std::initializer_list<std::pair<const char*, const char*>>;

void expect(Scalar::Kind kind, Rows rows) {
    for (const auto& [written, meant] : rows) {
        EXPECT_EQ(read(written).kind, kind) << written;
        EXPECT_EQ(read(written).text, meant) << written;
    }
}

TEST(Scalars, OfYamlAreWhatPyYamlMakesOfThem) {
    expect(Scalar::Kind::truth, {{"yes", "True"}, {"No", "False"}, {"on", "True"}, {"OFF", "False"}});
    expect(Scalar::Kind::number, {{"22", "22"},
                                  {"022", "18"},
                                  {"0x16", "22"},
                                  {"0b101", "5"},
                                  {"22:22", "1342"},
                                  {"190:20:30", "685230"},
                                  {"1_000", "1000"},
                                  {"+7", "7"},
                                  {"-0", "0"},
                                  {"1.10", "1.1"},
                                  {"1.5e+3", "1500.0"},
                                  {".5", "0.5"},
                                  {"1:30.5", "90.5"},
                                  {"-.inf", "-inf"},
                                  {".NaN", "nan"}});
    expect(Scalar::Kind::none, {{"~", ""}, {"null", ""}, {"", ""}});
    expect(Scalar::Kind::other, {{"2001-12-14", "2001-12-14"}});
}

TEST(Scalars, OfYamlAreTextWherePyYamlSeesNoMore) {
    for (const char* text :
         {"0o22", "08", "1e3", "y", "yEs", "22:99", "1.1.1.1", "192.0.2.7", "a22", "1:60", "2001-1-1"})
        expect(Scalar::Kind::text, {{text, text}});
    expect(Scalar::Kind::text,
           {{"'022'", "022"}, {"\"yes\"", "yes"}, {"!!str 022", "022"}, {"!unsafe 1", "1"}});
}

TEST(Scalars, SayWhatCannotBeTaken) {
    EXPECT_EQ(read("!vault x").kind, Scalar::Kind::vault);
    EXPECT_EQ(read("[a]").kind, Scalar::Kind::many);
    EXPECT_EQ(read("{a: b}").kind, Scalar::Kind::many);
    EXPECT_EQ(read("0xffffffffffffffffff").kind, Scalar::Kind::unknown);
    EXPECT_EQ(read("2001-12-14 21:59:43").kind, Scalar::Kind::unknown);
}

TEST(Scalars, WriteFractionsAsPythonDoes) {
    EXPECT_EQ(python_real(1e16), "1e+16");
    EXPECT_EQ(python_real(1e15), "1000000000000000.0");
    EXPECT_EQ(python_real(0.0001), "0.0001");
    EXPECT_EQ(python_real(0.00001), "1e-05");
    EXPECT_EQ(python_real(-2.5), "-2.5");
}

}  // namespace
}  // namespace sallyport
