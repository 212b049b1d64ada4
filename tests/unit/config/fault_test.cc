// SPDX-License-Identifier: Apache-2.0
#include "config/fault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/error.h"
#include "tests/unit/temporary.h"

namespace sallyport {
namespace {

TEST(Faults, NameFileLineAndCauseOnALineEach) {
    EXPECT_EQ(to_text(Fault{"a.yml", 3, "odd"}), "a.yml:3: odd");
    EXPECT_EQ(to_text(Fault{"a.yml", 0, "odd"}), "a.yml: odd");
    EXPECT_EQ(to_text(Faults{{"a", 1, "x"}, {"b", 2, "y"}}), "a:1: x\nb:2: y");
    EXPECT_EQ(to_text(Faults{}), "");
}

TEST(Faults, NeverActOnATerminal) {
    EXPECT_EQ(to_text(Fault{"a\nb", 1, "\x1b[2J"}), "a\\x0ab:1: \\x1b[2J");
}

TEST(ReadFile, GivesAllBytesUpToItsBoundAndNoMore) {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("sallyport-read-" + std::to_string(getpid()))).string();
    std::ofstream(path) << std::string("a\0b\n", 4);
    EXPECT_EQ(read_file(path, 4), std::string("a\0b\n", 4));
    EXPECT_THROW((void)read_file(path, 3), Error);
    std::filesystem::remove(path);
    try {
        (void)read_file(path);
        FAIL() << "a file that is not there";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::config);
        EXPECT_EQ(error.what(), path + ": No such file or directory");
    }
    EXPECT_THROW((void)read_file("/"), Error);
}

TEST(ReadFile, WaitsForNobodyAtAPipe) {
    const Temporary folder;
    const std::string pipe = (folder / "pipe").string();
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THROW((void)read_file(pipe), Error);
}

}  // namespace
}  // namespace sallyport
