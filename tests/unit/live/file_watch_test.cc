// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/file_watch.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "tests/unit/temporary.h"

namespace sallyport::live {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class FileWatches : public ::testing::Test {
 protected:
    FileWatches() {
        fs::create_directories(folder / "one");
        fs::create_directories(folder / "two");
        watch.follow({{"first", {folder / "one"}}, {"second", {folder / "two"}}});
    }

    void write(const std::string& name) const { std::ofstream(folder / name) << "x"; }

    /// What was told until `count` calls came, or in a second if they do not.
    std::vector<std::set<std::string>> told(std::size_t count) {
        const auto end = std::chrono::steady_clock::now() + (count == 0 ? 1s : 60s);
        while (calls.size() < std::max<std::size_t>(count, 1) && std::chrono::steady_clock::now() < end)
            io.run_one_for(20ms);
        return calls;
    }

    Temporary home;
    const fs::path folder = home.path();
    boost::asio::io_context io;
    std::vector<std::set<std::string>> calls;
    FileWatch watch{io.get_executor(), 50ms,
                    [this](const std::set<std::string>& names) { calls.push_back(names); }};
};

using Calls = std::vector<std::set<std::string>>;

TEST_F(FileWatches, TellOnceWhoseFilesChanged) {
    for (int i = 0; i < 20; ++i) write("one/file" + std::to_string(i));
    EXPECT_EQ(told(1), Calls{{"first"}});
    write("two/file");
    EXPECT_EQ(told(2)[1], std::set<std::string>{"second"});
}

TEST_F(FileWatches, TellOfFilesThatGoOrAreMovedIn) {
    write("elsewhere");
    fs::rename(folder / "elsewhere", folder / "one/file");
    EXPECT_EQ(told(1), Calls{{"first"}});
    fs::remove(folder / "one/file");
    EXPECT_EQ(told(2).size(), 2U);
}

TEST_F(FileWatches, SayNothingOfLocksNorOfReads) {
    write("one/file");
    (void)told(1);
    calls.clear();
    write("one/index.lock");
    std::ifstream(folder / "one/file").get();
    EXPECT_EQ(told(0), Calls{});
}

TEST_F(FileWatches, FollowAFolderThatWasReplaced) {
    fs::rename(folder / "one", folder / "old");
    fs::create_directories(folder / "one");
    (void)told(1);
    watch.follow({{"first", {folder / "one"}}});
    calls.clear();
    write("one/file");
    EXPECT_EQ(told(1), Calls{{"first"}});
    calls.clear();
    write("two/file");
    write("old/file");
    EXPECT_EQ(told(0), Calls{}) << "no longer followed";
}

TEST_F(FileWatches, GiveUpWaitingWhereWritesNeverEnd) {
    const auto begin = std::chrono::steady_clock::now();
    while (calls.empty() && std::chrono::steady_clock::now() < begin + 60s) {
        write("one/file");
        io.run_one_for(1ms);
    }
    EXPECT_EQ(calls, Calls{{"first"}});
}

}  // namespace
}  // namespace sallyport::live
