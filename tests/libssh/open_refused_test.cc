// SPDX-License-Identifier: Apache-2.0
// Patch 8: a refused channel open carries a reason code and words (RFC 4254 §5.1).
#include <gtest/gtest.h>

#include <string>

#include "pair.h"

namespace sallyport::libssh_test {
namespace {

constexpr std::uint32_t resource_shortage = 4;  // RFC 4254 §5.1

/// What the client hears when it asks for a forward that `refuse` answers.
std::string words_of_refusal(void (*refuse)(ssh_message)) {
    Pair pair;
    EXPECT_TRUE(pair.open_channel());
    ssh_channel forward = ssh_channel_new(pair.client);
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
    return ssh_get_error(pair.client);
}

bool holds(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

TEST(OpenRefused, CarriesItsReasonAndItsWords) {
    const std::string words = words_of_refusal([](ssh_message message) {
        EXPECT_EQ(ssh_message_channel_request_open_reply_refuse(message, resource_shortage, "no more"),
                  SSH_OK);
    });
    EXPECT_TRUE(holds(words, "(4)")) << words;
    EXPECT_TRUE(holds(words, "no more")) << words;
}

TEST(OpenRefused, IsProhibitedWithoutAWordByDefault) {
    const std::string words =
        words_of_refusal([](ssh_message message) { EXPECT_EQ(ssh_message_reply_default(message), SSH_OK); });
    EXPECT_TRUE(holds(words, "(1)")) << words;
    EXPECT_FALSE(holds(words, "no more")) << words;
}

}  // namespace
}  // namespace sallyport::libssh_test
