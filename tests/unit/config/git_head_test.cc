// SPDX-License-Identifier: Apache-2.0
#include "config/git_head.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/temporary.h"

namespace sallyport {
namespace {

namespace fs = std::filesystem;

const std::string one(40, '1');
const std::string two(40, '2');
const std::string of_sha256(64, 'a');

/// A folder that goes with the test, in which repositories are written by hand.
class GitHead : public ::testing::Test {
 protected:
    Temporary home;
    const fs::path root = home.path();

    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((root / name).parent_path());
        std::ofstream(root / name) << text;
    }
    [[nodiscard]] std::string head(const std::string& folder = "repo") const {
        return git_head(root / folder);
    }
};

TEST_F(GitHead, IsTheBranchesCommitAlsoFromAFolderBelow) {
    write("repo/.git/HEAD", "ref: refs/heads/main\n");
    EXPECT_EQ(head(), "") << "a branch without a commit";
    write("repo/.git/refs/heads/main", one + "\n");
    fs::create_directories(root / "repo/deep/below");
    EXPECT_EQ(head(), one);
    EXPECT_EQ(head("repo/"), one);
    EXPECT_EQ(head("repo/deep/below"), one);
    EXPECT_EQ(head("repo/deep/../deep"), one);
}

TEST_F(GitHead, IsFoundAmongThePackedRefsUnlessALooseOneIsNewer) {
    write("repo/.git/HEAD", "ref: refs/heads/main\n");
    write("repo/.git/packed-refs", "# pack-refs with: peeled fully-peeled sorted\n" + two +
                                       " refs/heads/mainly\n" + one + " refs/heads/main\n^" + two + "\n");
    EXPECT_EQ(head(), one);
    write("repo/.git/refs/heads/main", two + "\n");
    EXPECT_EQ(head(), two);
    write("repo/.git/HEAD", "ref: refs/heads/other\n");
    EXPECT_EQ(head(), "");
}

TEST_F(GitHead, IsTheCommitItselfWhereNoBranchIsCheckedOut) {
    write("repo/.git/HEAD", one + "\n");
    EXPECT_EQ(head(), one);
    write("repo/.git/HEAD", of_sha256);
    EXPECT_EQ(head(), of_sha256);
    for (const std::string& text :
         {one.substr(1), one + "1", std::string(40, 'g'), std::string(), "ref: " + one}) {
        write("repo/.git/HEAD", text);
        EXPECT_EQ(head(), "") << text;
    }
}

TEST_F(GitHead, OfAWorktreeLiesInTheMainRepository) {
    write("repo/.git/HEAD", "ref: refs/heads/main\n");
    write("repo/.git/refs/heads/main", one);
    write("repo/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
    write("repo/.git/worktrees/side/commondir", "../..\n");
    for (const std::string& folder : {(root / "repo").string(), std::string("../repo")}) {
        write("side/.git", "gitdir: " + folder + "/.git/worktrees/side\n");
        fs::remove(root / "repo/.git/refs/heads/side");
        EXPECT_EQ(head("side"), "") << folder;
        write("repo/.git/refs/heads/side", two);
        EXPECT_EQ(head("side"), two) << folder;
    }
    write("repo/.git/worktrees/side/HEAD", "ref: refs/heads/gone\n");
    write("repo/.git/packed-refs", one + " refs/heads/gone\n");
    EXPECT_EQ(head("side"), one);
    EXPECT_EQ(head("repo"), one);
}

TEST_F(GitHead, OfAFileThatLeadsNowhereIsEmpty) {
    write("repo/.git", "gitdir: ../nowhere\n");
    EXPECT_EQ(head(), "");
    write("repo/.git", "something else\n");
    EXPECT_EQ(head(), "");
}

TEST_F(GitHead, IsEmptyOutsideOfAnyRepositoryAndWhereTheFolderIsMissing) {
    fs::create_directories(root / "repo");
    EXPECT_EQ(head(), "");
    EXPECT_EQ(head("missing"), "");
    write("repo/.git/config", "");
    EXPECT_EQ(head(), "") << "a repository without HEAD";
    write("repo/.git/HEAD", one);
    EXPECT_EQ(head(), one);
    EXPECT_EQ(head("repo/missing"), "");
}

TEST_F(GitHead, NeverLeavesTheRefsByAName) {
    write("repo/.git/secret", one);
    write("repo/.git/refs/heads/main", two);
    for (const char* ref : {"secret", "refs/../secret", "refs/heads/../../secret", "/etc/passwd", "refs/"}) {
        write("repo/.git/HEAD", "ref: " + std::string(ref) + "\n");
        EXPECT_EQ(head(), "") << ref;
    }
    write("repo/.git/HEAD", "ref: refs/heads/main\n");
    EXPECT_EQ(head(), two);
}

TEST_F(GitHead, FollowsALinkToWhereTheWorkspaceReallyLies) {
    write("repo/.git/HEAD", one);
    write("elsewhere/.git/HEAD", two);
    fs::create_directories(root / "repo/workspace");
    fs::create_directory_symlink(root / "repo/workspace", root / "elsewhere/current");
    fs::create_directory_symlink(root / "repo", root / "link");
    EXPECT_EQ(head("elsewhere/current"), one);
    EXPECT_EQ(head("elsewhere"), two);
    EXPECT_EQ(head("link"), one);
}

TEST_F(GitHead, ReadsLinksInsideOfTheRepository) {
    write("repo/.git/refs/heads/main", one);
    fs::create_symlink("refs/heads/main", root / "repo/.git/HEAD");
    EXPECT_EQ(head(), one);
    fs::remove(root / "repo/.git/HEAD");
    fs::create_symlink("refs/heads/gone", root / "repo/.git/HEAD");
    EXPECT_EQ(head(), "");
    fs::remove(root / "repo/.git/HEAD");
    fs::create_symlink("HEAD", root / "repo/.git/HEAD");
    EXPECT_EQ(head(), "") << "a link to itself";
}

TEST_F(GitHead, IsEmptyWhereTheFilesAreNoFilesOrEndless) {
    write("repo/.git/HEAD", "ref: refs/heads/main\n");
    fs::create_directories(root / "repo/.git/refs/heads/main");
    fs::create_directories(root / "repo/.git/packed-refs");
    EXPECT_EQ(head(), "");
    fs::remove(root / "repo/.git/packed-refs");
    write("repo/.git/packed-refs", one + " refs/heads/main\n");
    EXPECT_EQ(head(), one);
    fs::resize_file(root / "repo/.git/packed-refs", 65 * 1024 * 1024);
    EXPECT_EQ(head(), "");
    write("repo/.git/HEAD", one + std::string(8192, '\n'));
    EXPECT_EQ(head(), "");
}

}  // namespace
}  // namespace sallyport
