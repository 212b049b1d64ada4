// SPDX-License-Identifier: Apache-2.0
#include "config/variables.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/inventory.h"
#include "tests/unit/temporary.h"

namespace sallyport {
namespace {

namespace fs = std::filesystem;

class VariableFolders : public ::testing::Test {
 protected:
    void write(const std::string& name, const std::string& text) {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << text;
    }

    Inventory read(const std::string& text) {
        faults_.clear();
        notes_.clear();
        const auto files = variable_files(folder_ / "inv", folder_, faults_, notes_);
        return parse_inventory(text, folder_ / "inv/hosts", faults_, files);
    }

    Temporary home_;
    const fs::path folder_ = home_.path();
    Faults faults_;
    Faults notes_;
};

const char* const two_groups =
    "[up:children]\nweb\n[web]\nh "
    "ansible_user=of_host\nother\n[web:vars]\nansible_port=5\nansible_user=of_web\n";

TEST_F(VariableFolders, WinInAnsiblesOrder) {
    write("inv/group_vars/all.yml", "ansible_port: 1\nansible_host: of_all_file\n");
    write("inv/group_vars/up", "ansible_user: of_up_file\n");
    auto hosts = read(two_groups).hosts;
    EXPECT_EQ(hosts.at("h").port, 1) << "any file is above any group of the inventory";
    EXPECT_EQ(hosts.at("h").user, "of_host");
    EXPECT_EQ(hosts.at("other").user, "of_up_file");
    write("inv/group_vars/web.yaml", "ansible_port: 2\n");
    write("inv/host_vars/h.json", "{\"ansible_user\": \"of_host_file\"}");
    hosts = read(two_groups).hosts;
    EXPECT_EQ(hosts.at("h").port, 2);
    EXPECT_EQ(hosts.at("h").user, "of_host_file");
    EXPECT_EQ(hosts.at("other").ansible_host, "of_all_file");
}

TEST_F(VariableFolders, ReadAFolderInTheOrderOfItsNames) {
    write("inv/group_vars/web/b.yml", "ansible_user: b\n");
    write("inv/group_vars/web/a", "ansible_user: a\nansible_port: 7\n");
    write("inv/group_vars/web/.z.yml", "ansible_user: hidden\n");
    write("inv/group_vars/web/z.yml~", "ansible_user: backup\n");
    write("inv/group_vars/web/z.txt", "ansible_user: other\n");
    write("inv/group_vars/web.yml", "ansible_user: never read beside the folder\n");
    const auto hosts = read("[web]\nh\n").hosts;
    EXPECT_EQ(hosts.at("h").user, "b");
    EXPECT_EQ(hosts.at("h").port, 7);
}

TEST_F(VariableFolders, NameTheFileOfWhatCannotBeTaken) {
    write("inv/host_vars/h", "x: 1\nansible_host: '{{ x }}'\n");
    const std::string why = read("h\n").hosts.at("h").unusable;
    EXPECT_NE(why.find("host_vars/h:2: ansible_host holds a template"), std::string::npos) << why;
    write("inv/host_vars/h", "a: 1\na: 2\n");
    (void)read("h\n");
    EXPECT_NE(to_text(faults_).find("host_vars/h:2: the key a stands here twice"), std::string::npos);
}

TEST_F(VariableFolders, AreNoPathsMadeOfNames) {
    write("secret.yml", "ansible_host: reached\n");
    write("inv/host_vars/h", "");
    EXPECT_EQ(read("../../secret ansible_user=x\n").hosts.at("../../secret").ansible_host, "../../secret");
}

TEST_F(VariableFolders, NoteWhatIsEncryptedAndGoOn) {
    write("inv/group_vars/all/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n3031\n");
    EXPECT_EQ(read("h\n").hosts.at("h").unusable, "");
    EXPECT_TRUE(faults_.empty()) << to_text(faults_);
    ASSERT_EQ(notes_.size(), 1U);
    EXPECT_NE(to_text(notes_).find("vault.yml: encrypted"), std::string::npos);
}

TEST_F(VariableFolders, RefuseALinkThatLeadsOutOfTheWorkspace) {
    write("inv/host_vars/inside", "ansible_port: 5\n");
    fs::create_symlink("inside", folder_ / "inv/host_vars/h");
    EXPECT_EQ(read("h\n").hosts.at("h").port, 5);
    EXPECT_TRUE(faults_.empty()) << to_text(faults_);
    fs::create_symlink("/etc/hostname", folder_ / "inv/host_vars/g");
    (void)read("h\n");
    EXPECT_NE(to_text(faults_).find("leads outside of the workspace"), std::string::npos);
}

}  // namespace
}  // namespace sallyport
