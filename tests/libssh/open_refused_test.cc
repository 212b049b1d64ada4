// SPDX-License-Identifier: Apache-2.0
// Patch 8: a refused channel open carries a reason code and words (RFC 4254 §5.1).
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "pair.h"

namespace sallyport::libssh_test {
namespace {

constexpr std::uint32_t resource_shortage = 4;  // RFC 4254 §5.1

/// What the client hears when it asks for a forward that `refuse` answers.
struct Refusal {
    std::string last_error;
    std::uint32_t reason = 0;
    std::string words;
};
Refusal refusal_by(void (*refuse)(ssh_message)) {
    Pair pair;
    EXPECT_TRUE(pair.open_channel());
    ssh_channel forward = ssh_channel_new(pair.client);
    Refusal out;
    EXPECT_EQ(ssh_channel_get_open_failure(forward, &out.reason), nullptr) << "nobody refused yet";
    int rc = SSH_AGAIN;
    const bool is_answered = pair.until([&] {
        rc = ssh_channel_open_forward(forward, "db.internal", 5432, "127.0.0.1", 1);
        while (ssh_message message = ssh_message_get(pair.server)) {
            if (ssh_message_type(message) == SSH_REQUEST_CHANNEL_OPEN) refuse(message);
            ssh_message_free(message);
        }
        return rc != SSH_AGAIN;
    });
    EXPECT_TRUE(is_answered);
    EXPECT_EQ(rc, SSH_ERROR);
    out.last_error = ssh_get_error(pair.client);
    const char* words = ssh_channel_get_open_failure(forward, &out.reason);
    EXPECT_NE(words, nullptr);
    out.words = words != nullptr ? words : "none";
    return out;
}

bool holds(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

TEST(OpenRefused, CarriesItsReasonAndItsWords) {
    const Refusal refusal = refusal_by([](ssh_message message) {
        EXPECT_EQ(ssh_message_channel_request_open_reply_refuse(message, resource_shortage, "no more"),
                  SSH_OK);
    });
    EXPECT_EQ(refusal.reason, resource_shortage);
    EXPECT_EQ(refusal.words, "no more");
    EXPECT_TRUE(holds(refusal.last_error, "no more")) << refusal.last_error;
}

TEST(OpenRefused, IsProhibitedWithoutAWordByDefault) {
    const Refusal refusal =
        refusal_by([](ssh_message message) { EXPECT_EQ(ssh_message_reply_default(message), SSH_OK); });
    EXPECT_EQ(refusal.reason, 1U);
    EXPECT_EQ(refusal.words, "");
}

TEST(OpenRefused, IsToldByChannelWhateverIsSaidLater) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    const std::array<ssh_channel, 2> forwards{ssh_channel_new(pair.client), ssh_channel_new(pair.client)};
    std::array<int, 2> rc{SSH_AGAIN, SSH_AGAIN};
    EXPECT_TRUE(pair.until([&] {
        for (std::size_t i = 0; i < 2; ++i)
            if (rc[i] == SSH_AGAIN) rc[i] = ssh_channel_open_forward(forwards[i], "db", 1, "127.0.0.1", 1);
        while (ssh_message message = ssh_message_get(pair.server)) {
            static int count = 0;
            ssh_message_channel_request_open_reply_refuse(message, 2, ++count == 1 ? "first" : "second");
            ssh_message_free(message);
        }
        return rc[0] != SSH_AGAIN && rc[1] != SSH_AGAIN;
    }));
    std::uint32_t reason = 0;
    EXPECT_STREQ(ssh_channel_get_open_failure(forwards[0], &reason), "first");
    EXPECT_STREQ(ssh_channel_get_open_failure(forwards[1], &reason), "second");
    EXPECT_EQ(ssh_channel_get_open_failure(pair.client_channel, &reason), nullptr);
}

}  // namespace
}  // namespace sallyport::libssh_test
