// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace sallyport::log {
namespace {

/// The line that `write` logs, from its level on.
template <typename Write>
std::string line_of(Write write) {
    ::testing::internal::CaptureStderr();
    write();
    std::string line = ::testing::internal::GetCapturedStderr();
    return line.substr(std::min(line.find("level="), line.size()));
}

TEST(Log, IsOneFactInKeysAndValues) {
    EXPECT_EQ(line_of([] {
                  info("listening", {{"address", "[::]:2222"}, {"count", 3}, {"odd", -1}});
              }),
              "level=info msg=listening address=[::]:2222 count=3 odd=-1\n");
    EXPECT_EQ(line_of([] { warn("no fields"); }), "level=warning msg=\"no fields\"\n");
}

TEST(Log, QuotesWhatCouldBeReadAsSomethingElse) {
    EXPECT_EQ(line_of([] {
                  info("m", {{"a", "x y"}, {"b", ""}, {"c", "k=v"}, {"d", "say \"hi\""}});
              }),
              "level=info msg=m a=\"x y\" b=\"\" c=\"k=v\" d=\"say \\\"hi\\\"\"\n");
    EXPECT_EQ(line_of([] {
                  info("m", {{"a", "plain-value_1.2/3"}});
              }),
              "level=info msg=m a=plain-value_1.2/3\n");
}

TEST(Log, EscapesWhatAPeerCouldForge) {
    EXPECT_EQ(line_of([] {
                  info("m", {{"user", "x\nlevel=error msg=forged"}});
              }),
              "level=info msg=m user=\"x\\x0alevel=error msg=forged\"\n");
    EXPECT_EQ(line_of([] {
                  info("m", {{"user", "x\" level=error y=\""}});
              }),
              "level=info msg=m user=\"x\\\" level=error y=\\\"\"\n");
    EXPECT_EQ(line_of([] {
                  info("m", {{"user", "\x1b[2J\xe2\x80\xae\xff%v{}\\"}});
              }),
              "level=info msg=m user=\"\\x1b[2J\\u{202e}\\xff%v{}\\\\\"\n");
}

TEST(Log, CutsAValueThatIsTooLong) {
    const std::string fits(4096, 'x');
    EXPECT_EQ(line_of([&] { info("m", {{"a", fits}}); }), "level=info msg=m a=" + fits + "\n");
    const std::string line = line_of([] { info("m", {{"a", std::string(100'000, 'x')}, {"b", "y"}}); });
    EXPECT_LT(line.size(), 4200U);
    EXPECT_TRUE(line.ends_with(" b=y\n"));
}

TEST(Log, StaysOneLineWhateverTheBytes) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int i = 0; i < 300; ++i) {
        std::string bytes(random() % 60, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        const std::string line = line_of([&] { info(bytes, {{"a", bytes}}); });
        EXPECT_EQ(std::count_if(line.begin(), line.end(), [](unsigned char c) { return c < 0x20; }), 1);
        EXPECT_EQ(line.back(), '\n');
    }
}

TEST(Log, KeepsQuietBelowItsLevel) {
    set_level(Level::warn);
    EXPECT_EQ(line_of([] { info("quiet"); }), "");
    EXPECT_EQ(line_of([] { error("loud"); }), "level=error msg=loud\n");
    set_level(Level::debug);
    EXPECT_EQ(line_of([] { debug("all"); }), "level=debug msg=all\n");
    set_level(Level::info);
    EXPECT_EQ(line_of([] { debug("quiet"); }), "");
}

}  // namespace
}  // namespace sallyport::log
