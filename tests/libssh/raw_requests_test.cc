// SPDX-License-Identifier: Apache-2.0
// Patches 6 and 7: any request and any channel type is sent with its fields, and shows them where it comes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pair.h"

namespace sallyport::libssh_test {
namespace {

const std::string odd_bytes("\0\x01\xff fields\0", 10);

/// What the server heard of one message.
struct Heard {
    int type = 0;
    int subtype = 0;
    std::string name = "nameless";
    std::string fields = "none";
    std::string modes = "none";
    bool wants_reply = false;
};

class RawRequests : public testing::Test {
 protected:
    void SetUp() override { ASSERT_TRUE(pair_.open_channel()); }

    /// The messages that came, each answered by `answer`.
    void take(int (*answer)(ssh_message)) {
        while (ssh_message message = ssh_message_get(pair_.server)) {
            Heard one;
            std::size_t size = 0;
            one.type = ssh_message_type(message);
            one.subtype = ssh_message_subtype(message);
            if (const char* name = ssh_message_name(message)) one.name = name;
            if (const void* bytes = ssh_message_fields(message, &size))
                one.fields.assign(static_cast<const char*>(bytes), size);
            if (const void* bytes = ssh_message_pty_modes(message, &size))
                one.modes.assign(static_cast<const char*>(bytes), size);
            one.wants_reply = ssh_message_wants_reply(message) != 0;
            heard_.push_back(one);
            answer(message);
            ssh_message_free(message);
        }
    }

    int ask(const char* name, const std::string& fields, int (*answer)(ssh_message)) {
        int rc = SSH_AGAIN;
        EXPECT_TRUE(pair_.until([&] {
            rc = ssh_channel_request_raw(pair_.client_channel, name, fields.data(), fields.size(), 1);
            take(answer);
            return rc != SSH_AGAIN;
        }));
        return rc;
    }

    Pair pair_;
    std::vector<Heard> heard_;
};

TEST_F(RawRequests, ArriveWithNameAndFieldsByteForByte) {
    EXPECT_EQ(ask("odd@example", odd_bytes, ssh_message_channel_request_reply_success), SSH_OK);
    ASSERT_EQ(heard_.size(), 1U);
    EXPECT_EQ(heard_[0].subtype, SSH_CHANNEL_REQUEST_UNKNOWN);
    EXPECT_EQ(heard_[0].name, "odd@example");
    EXPECT_EQ(heard_[0].fields, odd_bytes);
    EXPECT_TRUE(heard_[0].wants_reply);
}

TEST_F(RawRequests, MayHaveNoFieldsAndBeRefused) {
    EXPECT_EQ(ask("eow@openssh.com", "", ssh_message_reply_default), SSH_ERROR);
    ASSERT_EQ(heard_.size(), 1U);
    EXPECT_EQ(heard_[0].fields, "");
}

TEST_F(RawRequests, ShowNothingOfWhatLibsshKnows) {
    EXPECT_EQ(ask("shell", "", ssh_message_channel_request_reply_success), SSH_OK);
    ASSERT_EQ(heard_.size(), 1U);
    EXPECT_EQ(heard_[0].subtype, SSH_CHANNEL_REQUEST_SHELL);
    EXPECT_EQ(heard_[0].name, "nameless");
    EXPECT_EQ(heard_[0].fields, "none");
    EXPECT_EQ(heard_[0].modes, "none");
}

TEST_F(RawRequests, WithoutReplyPassOneThatWaitsForIts) {
    const char* waits = "waits@example";
    EXPECT_EQ(ssh_channel_request_raw(pair_.client_channel, waits, nullptr, 0, 1), SSH_AGAIN);
    EXPECT_EQ(ssh_channel_request_raw(pair_.client_channel, "break", "\0\0\3\xe8", 4, 0), SSH_OK);
    EXPECT_EQ(ask(waits, "", ssh_message_channel_request_reply_success), SSH_OK);
    ASSERT_EQ(heard_.size(), 2U);
    EXPECT_EQ(heard_[1].name, "break");
    EXPECT_EQ(heard_[1].fields, std::string("\0\0\3\xe8", 4));
    EXPECT_FALSE(heard_[1].wants_reply);
}

TEST_F(RawRequests, BringTheModesOfATerminal) {
    const std::string modes("\x35\0\0\0\1\0", 6);
    int rc = SSH_AGAIN;
    EXPECT_TRUE(pair_.until([&] {
        rc = ssh_channel_request_pty_size_modes(pair_.client_channel, "vt100", 80, 24,
                                                reinterpret_cast<const unsigned char*>(modes.data()),
                                                modes.size());
        take(ssh_message_channel_request_reply_success);
        return rc != SSH_AGAIN;
    }));
    ASSERT_EQ(heard_.size(), 1U);
    EXPECT_EQ(heard_[0].modes, modes);
}

TEST_F(RawRequests, OpenChannelsOfAnyTypeByteForByte) {
    ssh_channel channel = ssh_channel_new(pair_.client);
    int rc = SSH_AGAIN;
    EXPECT_TRUE(pair_.until([&] {
        rc = ssh_channel_open_raw(channel, "direct-streamlocal@openssh.com", odd_bytes.data(),
                                  odd_bytes.size());
        take([](ssh_message message) {
            return ssh_message_channel_request_open_reply_accept(message) != nullptr ? SSH_OK : SSH_ERROR;
        });
        return rc != SSH_AGAIN;
    }));
    EXPECT_EQ(rc, SSH_OK);
    ASSERT_EQ(heard_.size(), 1U);
    EXPECT_EQ(heard_[0].type, SSH_REQUEST_CHANNEL_OPEN);
    EXPECT_EQ(heard_[0].name, "direct-streamlocal@openssh.com");
    EXPECT_EQ(heard_[0].fields, odd_bytes);
}

// OpenSSH sends eow@openssh.com to its like alone.
TEST_F(RawRequests, ComeFromAVersionThatOpensshSendsItsOwnTo) {
    EXPECT_TRUE(std::string(ssh_get_clientbanner(pair_.server)).starts_with("SSH-2.0-OpenSSH_"));
    EXPECT_TRUE(std::string(ssh_get_serverbanner(pair_.client)).starts_with("SSH-2.0-OpenSSH_"));
}

}  // namespace
}  // namespace sallyport::libssh_test
