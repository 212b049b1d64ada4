// SPDX-License-Identifier: Apache-2.0
#include "config/reader.h"

#include <gtest/gtest.h>

namespace sallyport {
namespace {

using namespace std::chrono_literals;

/// One setting `x` of a text, read by `read`; what it left, and the faults in words.
template <typename Value, typename Read>
std::pair<Value, std::string> read_one(const std::string& text, Value value, Read read) {
    const std::string file = "f.yml";
    Faults faults;
    const Yaml map = parse_yaml(text, file, faults);
    Reader reader(map, "", file, faults);
    read(reader, value);
    reader.finish();
    return {value, to_text(faults)};
}

std::pair<std::chrono::seconds, std::string> time_of(const std::string& text,
                                                     std::chrono::seconds least = 0s) {
    return read_one("x: " + text, std::chrono::seconds(-1),
                    [&](Reader& reader, auto& out) { reader.seconds("x", out, least); });
}

TEST(Sizes, AreReadInTheirUnits) {
    EXPECT_EQ(parse_size("0"), 0U);
    EXPECT_EQ(parse_size("4096"), 4096U);
    EXPECT_EQ(parse_size("64KiB"), 65536U);
    EXPECT_EQ(parse_size("1MiB"), 1U << 20);
    EXPECT_EQ(parse_size("2GiB"), 2ULL << 30);
}

TEST(Sizes, AreNoneInOtherWordsOrWhereTheyWouldNotFit) {
    for (const char* text : {"", "KiB", "1KB", "1kib", "1 KiB", " 1", "1 ", "-1", "+1", "1.5MiB", "0x10",
                             "1TiB", "99999999999GiB", "18446744073709551616", "1MiBx"})
        EXPECT_FALSE(parse_size(text).has_value()) << text;
}

TEST(Times, AreReadInTheirUnits) {
    EXPECT_EQ(time_of("30").first, 30s);
    EXPECT_EQ(time_of("30s").first, 30s);
    EXPECT_EQ(time_of("10m").first, 10min);
    EXPECT_EQ(time_of("12h").first, 12h);
    EXPECT_EQ(time_of("90d").first, 24h * 90);
    EXPECT_EQ(time_of("90d").second, "");
}

TEST(Times, ThatAreNoneAreAFaultAndChangeNothing) {
    for (const char* text :
         {"soon", "-1s", "1.5h", "1h30m", "1w", "9999999999999d", "1S", "[1s]", "{a: 1}", "\"\""}) {
        const auto [value, faults] = time_of(text);
        EXPECT_EQ(value, -1s) << text;
        EXPECT_NE(faults.find("f.yml:1: x must be"), std::string::npos) << text << " " << faults;
    }
}

TEST(Times, BelowTheLeastAreAFault) {
    EXPECT_EQ(time_of("5s", 5s).second, "");
    EXPECT_EQ(time_of("4s", 5s).second, "f.yml:1: x must be at least 5s");
}

TEST(Settings, OfEachKindTakeTheirOwnValuesAndNoOthers) {
    const auto flag = [](Reader& reader, bool& out) { reader.flag("x", out); };
    EXPECT_TRUE(read_one("x: true", false, flag).first);
    EXPECT_FALSE(read_one("x: false", true, flag).first);
    for (const char* text : {"x: yes", "x: 1", "x: True", "x: [true]", "x:"})
        EXPECT_NE(read_one(text, false, flag).second, "") << text;

    const auto number = [](Reader& reader, std::size_t& out) { reader.number("x", out, 2); };
    EXPECT_EQ(read_one("x: 2", std::size_t{9}, number).first, 2U);
    for (const char* text : {"x: 1", "x: -3", "x: 3.0", "x: three", "x: 18446744073709551616", "x: [3]"}) {
        EXPECT_EQ(read_one(text, std::size_t{9}, number).first, 9U) << text;
        EXPECT_NE(read_one(text, std::size_t{9}, number).second, "") << text;
    }

    const auto text = [](Reader& reader, std::string& out) { reader.text("x", out); };
    EXPECT_EQ(read_one("x: a b", std::string("-"), text).first, "a b");
    EXPECT_NE(read_one("x: [a]", std::string("-"), text).second, "");
}

TEST(Settings, ThatAreListsHoldSingleValuesAndSomeMayNotBeEmpty) {
    const auto list = [](Reader& reader, std::vector<std::string>& out) { reader.list("x", out); };
    const auto narrowing = [](Reader& reader, std::vector<std::string>& out) { reader.narrowing("x", out); };
    const std::vector<std::string> before = {"old"};
    EXPECT_EQ(read_one("x: [a, b]", before, list).first, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(read_one("y: 1", before, list).first, before);
    EXPECT_TRUE(read_one("x: []", before, list).first.empty());
    EXPECT_EQ(read_one("x: []", before, list).second, "");
    EXPECT_NE(read_one("x: []", before, narrowing).second.find("is empty"), std::string::npos);
    for (const char* text : {"x: a", "x: {a: b}", "x: [[a]]", "x: [{a: b}]"})
        EXPECT_NE(read_one(text, before, list).second, "") << text;
}

TEST(Settings, ThatNobodyAskedForAreFaultsWithTheNearestKnownOne) {
    const auto text = [](Reader& reader, std::string& out) {
        std::string other;
        reader.text("banner", out);
        reader.text("x", other);
    };
    EXPECT_EQ(read_one("banner: a\nx: b", std::string(), text).second, "");
    EXPECT_EQ(read_one("x: b\nbaner: a", std::string(), text).second,
              "f.yml:2: unknown setting baner; the nearest known one is banner");
    EXPECT_NE(read_one("[banner]", std::string(), text).second.find("must be a map"), std::string::npos);
}

}  // namespace
}  // namespace sallyport
