// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/host_keys.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "common/error.h"
#include "tests/unit/temporary.h"

namespace sallyport::ssh {
namespace {

namespace fs = std::filesystem;

class HostKeysTest : public ::testing::Test {
 protected:
    Temporary home;
    const fs::path folder = home.path();

    [[nodiscard]] HostKeys load(const std::vector<std::string>& types = {"ed25519"}) const {
        return HostKeys(folder, types);
    }
    [[nodiscard]] std::string refusal() const {
        try {
            (void)load();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::config);
            return error.what();
        }
        return "";
    }
};

TEST_F(HostKeysTest, AreMadeAtTheFirstStartForNobodyElseToRead) {
    const auto facts = load({"ed25519", "ecdsa"}).facts();
    ASSERT_EQ(facts.size(), 2U);
    EXPECT_EQ(facts[0].type, "ssh-ed25519");
    EXPECT_EQ(facts[1].type, "ecdsa-sha2-nistp256");
    EXPECT_TRUE(facts[0].fingerprint.starts_with("SHA256:"));
    EXPECT_EQ(facts[0].fingerprint.size(), 7U + 43U);
    std::size_t files = 0;
    for (const auto& file : fs::directory_iterator(folder)) {
        ++files;
        EXPECT_EQ(file.status().permissions(), fs::perms::owner_read | fs::perms::owner_write) << file.path();
    }
    EXPECT_EQ(files, 2U) << "no draft is left behind";
}

TEST_F(HostKeysTest, AreTheSameAtTheNextStartAndOthersElsewhere) {
    const auto first = load().facts().at(0);
    EXPECT_EQ(load().facts().at(0).fingerprint, first.fingerprint);
    EXPECT_EQ(load().facts().at(0).base64, first.base64);
    fs::remove(folder / "ssh_host_ed25519_key");
    EXPECT_NE(load().facts().at(0).fingerprint, first.fingerprint);
}

TEST_F(HostKeysTest, OfRsaHave3072Bits) {
    const auto facts = load({"rsa"}).facts().at(0);
    EXPECT_EQ(facts.type, "ssh-rsa");
    // 4+7 type, 4+3 exponent, 4+385 modulus, in base64.
    EXPECT_EQ(facts.base64.size(), (4U + 7 + 4 + 3 + 4 + 385 + 2) / 3 * 4);
}

TEST_F(HostKeysTest, AreRefusedWhereOthersCanReadThem) {
    (void)load();
    const fs::path file = folder / "ssh_host_ed25519_key";
    fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
    EXPECT_NE(refusal().find("run chmod 600 " + file.string()), std::string::npos) << refusal();
    fs::permissions(file, fs::perms::group_read, fs::perm_options::remove);
    EXPECT_EQ(refusal(), "");
}

TEST_F(HostKeysTest, AreNeverReplacedWhereTheyCannotBeRead) {
    const fs::path file = folder / "ssh_host_ed25519_key";
    std::ofstream(file) << "no key";
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_NE(refusal().find("not a usable private key"), std::string::npos) << refusal();
    EXPECT_EQ(fs::file_size(file), 6U);
    fs::remove(file);
    EXPECT_EQ(refusal(), "");
}

TEST_F(HostKeysTest, AreOfKnownTypesAlone) {
    for (const char* type : {"dsa", "", "ED25519", "../x"}) EXPECT_THROW((void)load({type}), Error) << type;
    EXPECT_TRUE(fs::is_empty(folder));
    EXPECT_THROW(HostKeys(folder / "missing", {"ed25519"}), Error);
}

TEST_F(HostKeysTest, GiveEachWorkerSettingsOfItsOwn) {
    const HostKeys keys = load({"ed25519", "ecdsa"});
    const BindPtr one = keys.make_bind();
    const BindPtr two = keys.make_bind();
    EXPECT_TRUE(one && two);
    EXPECT_NE(one, two);
}

}  // namespace
}  // namespace sallyport::ssh
