// SPDX-License-Identifier: Apache-2.0
#include "common/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"

namespace sallyport {
namespace {

TEST(Ids, AreUuidsThatSortByTheirTime) {
    std::string last;
    for (int i = 0; i < 10'000; ++i) {
        const std::string id = new_id();
        EXPECT_TRUE(is_id(id)) << id;
        EXPECT_EQ(id[14], '7');
        EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
        EXPECT_LT(last, id);
        last = id;
    }
}

TEST(Ids, SayTheMillisecondInWhichTheyWereMade) {
    const auto milliseconds = [] { return wall_now().time_since_epoch().count() / 1000; };
    const auto before = milliseconds();
    const std::string id = new_id();
    const auto after = milliseconds();
    const auto said = std::stoll(id.substr(0, 8) + id.substr(9, 4), nullptr, 16);
    EXPECT_GE(said, before);
    EXPECT_LE(said, after + 1);  // many ids in one moment run a little ahead of the clock
}

TEST(Ids, AreNeverTheSameAndStillSortForEachOfManyThreads) {
    std::vector<std::vector<std::string>> made(4);
    std::vector<std::thread> threads;
    for (auto& mine : made)
        threads.emplace_back([&mine] {
            for (int i = 0; i < 2'000; ++i) mine.push_back(new_id());
        });
    for (std::thread& thread : threads) thread.join();
    std::set<std::string> all;
    for (const auto& mine : made) {
        EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
        all.insert(mine.begin(), mine.end());
    }
    EXPECT_EQ(all.size(), 8'000U);
}

TEST(Ids, KnowWhatIsNone) {
    EXPECT_TRUE(is_id("01a20b5e-afa9-7da9-ae07-49dcf556bda8"));
    for (const char* text :
         {"", "../../../etc/passwd", "01a20b5e-afa9-7da9-ae07-49dcf556bda",
          "01a20b5e-afa9-7da9-ae07-49dcf556bda80", "01A20B5E-AFA9-7DA9-AE07-49DCF556BDA8",
          "01a20b5e/afa9/7da9/ae07/49dcf556bda8", "01a20b5eaafa9-7da9-ae07-49dcf556bda8",
          "01a20b5e-afa9-7da9-ae07-49dcf556bda/", "0-a20b5e-afa9-7da9-ae07-49dcf556bda8",
          "{1a20b5e-afa9-7da9-ae07-49dcf556bda8", "01a20b5e-afa9-7da9-ae07-49dcf556bda8\n"})
        EXPECT_FALSE(is_id(text)) << text;
    EXPECT_FALSE(is_id(std::string("01a20b5e-afa9-7da9-ae07-49dcf556bda\0", 36)));
}

}  // namespace
}  // namespace sallyport
