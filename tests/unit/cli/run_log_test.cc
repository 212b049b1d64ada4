// SPDX-License-Identifier: Apache-2.0
#include "cli/run_log.h"

#include <gtest/gtest.h>

namespace sallyport::cli {
namespace {

TEST(RunLog, MasksSecretsWholeAndOverTheEdgesOfPieces) {
    const std::string text = "user app, password hunter2, again hunter2hunter2, hunter";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        RunLog log({"hunter2", "x", "hunter2-longer"});
        for (std::size_t at = 0; at < text.size(); at += piece)
            log.take(std::string_view(text).substr(at, piece));
        ASSERT_EQ(log.finish(), "user app, password ***, again ******, hunter") << piece;
    }
}

TEST(RunLog, MasksEachLineOfASecretOfSeveral) {
    RunLog log({"-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----\n"});
    log.take("-----BEGIN KEY-----\r\nabcdefgh\r\nno\n");
    EXPECT_EQ(log.finish(), "***\r\n***\r\nno\n");
}

TEST(RunLog, KeepsHeadAndEndAndSaysWhatIsLeftOut) {
    RunLog log({});
    for (int i = 0; i < 40'000; ++i)
        log.take("line " + std::to_string(100'000 + i) + " " + std::string(87, 'x') + "\n");
    const std::string kept = log.finish();
    EXPECT_TRUE(kept.starts_with("line 100000 "));
    EXPECT_NE(kept.find("\n[2951424 bytes are left out here]\n"), std::string::npos)
        << kept.substr(256 * 1024, 60);
    EXPECT_NE(kept.find("line 139999 "), std::string::npos);
    EXPECT_LT(kept.size(), 1024 * 1024 + 100);
}

TEST(RunLog, KeepsAllOfWhatIsShort) {
    RunLog log({"secret"});
    log.take("a\n");
    EXPECT_EQ(log.finish(), "a\n");
}

}  // namespace
}  // namespace sallyport::cli
