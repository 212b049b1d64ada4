// SPDX-License-Identifier: Apache-2.0
#include "common/node_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/error.h"
#include "tests/unit/temporary.h"

namespace sallyport {
namespace {

class NodeKeyFiles : public ::testing::Test {
 protected:
    Temporary home;
    const std::filesystem::path folder = home.path();
    void put(const char* name, const std::string& text) const { std::ofstream(folder / name) << text; }
};

TEST_F(NodeKeyFiles, SignsWhatSshKeygenVerifies) {
    const NodeKey key = NodeKey::generate();
    put("signers", "gate-1 " + key.public_line() + "\n");
    put("message", "five\nlines\n");
    put("signature", key.sign("five\nlines\n", "sallyport-checkpoint"));
    const std::string command =
        "cd " + folder.string() +
        " && ssh-keygen -Y verify -f signers -I gate-1 -n sallyport-checkpoint -s signature < ";
    EXPECT_EQ(std::system((command + "message > /dev/null").c_str()), 0);
    put("other", "four lines\n");
    EXPECT_NE(std::system((command + "other > /dev/null 2>&1").c_str()), 0);
}

TEST_F(NodeKeyFiles, LoadsAKeyThatIsOnesOwnAlone) {
    const std::string file = (folder / "node.key").string();
    NodeKey::generate().save(file);
    EXPECT_NO_THROW((void)NodeKey::load(file));
    ASSERT_EQ(chmod(file.c_str(), 0640), 0);
    EXPECT_THROW((void)NodeKey::load(file), Error);
}

TEST_F(NodeKeyFiles, VerifiesItsOwnAndNoOtherSignature) {
    const NodeKey key = NodeKey::generate();
    const std::string signature = key.sign("text", "space");
    EXPECT_TRUE(verify_signature(key.public_line(), "text", "space", signature));
    EXPECT_FALSE(verify_signature(key.public_line(), "Text", "space", signature));
    EXPECT_FALSE(verify_signature(key.public_line(), "text", "other", signature));
    EXPECT_FALSE(verify_signature(NodeKey::generate().public_line(), "text", "space", signature));
    EXPECT_FALSE(verify_signature("", "text", "space", ""));
}

TEST_F(NodeKeyFiles, ComesBackFromItsFileWhichNobodyElseCanRead) {
    const std::string file = (folder / "node.key").string();
    const NodeKey key = NodeKey::generate();
    key.save(file);
    EXPECT_EQ(NodeKey::load(file).public_line(), key.public_line());
    struct stat facts {};
    ASSERT_EQ(::stat(file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U);
    EXPECT_THROW(key.save(file), Error) << "a key is never written over";
}

}  // namespace
}  // namespace sallyport
