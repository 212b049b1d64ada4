// SPDX-License-Identifier: Apache-2.0
#include "common/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/error.h"
#include "tests/unit/temporary.h"

namespace sallyport {
namespace {

class PrivateFile : public ::testing::Test {
 protected:
    Temporary home;
    const std::filesystem::path folder = home.path();
    std::string file = (folder / "secret").string();
    static std::string read(const std::string& name) {
        std::ostringstream text;
        text << std::ifstream(name).rdbuf();
        return text.str();
    }
};

TEST_F(PrivateFile, IsItsOwnersAlone) {
    write_private(file, "text");
    struct stat facts {};
    ASSERT_EQ(::stat(file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U);
    EXPECT_EQ(read(file), "text");
}

TEST_F(PrivateFile, TakesTheNameAndWritesThroughNoLink) {
    const std::string elsewhere = (folder / "elsewhere").string();
    std::ofstream(elsewhere) << "theirs";
    std::filesystem::create_symlink(elsewhere, file);
    std::filesystem::create_symlink(elsewhere, file + ".draft");
    write_private(file, "ours");
    EXPECT_EQ(read(file), "ours");
    EXPECT_EQ(read(elsewhere), "theirs");
}

TEST_F(PrivateFile, SaysWhatCannotBeWritten) {
    EXPECT_THROW(write_private((folder / "missing" / "secret").string(), "text"), Error);
}

}  // namespace
}  // namespace sallyport
