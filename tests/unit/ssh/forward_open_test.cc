// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/forward_open.h"

#include <gtest/gtest.h>

#include <functional>

#include "daemon/ssh/fields.h"
#include "tests/libssh/pair.h"

namespace sallyport::ssh {
namespace {

/// What a server reads out of a channel open that it then refuses.
std::optional<ForwardOpen> read_of(const std::function<int(ssh_channel)>& ask) {
    libssh_test::Pair pair;
    EXPECT_TRUE(pair.open_channel());
    ssh_channel channel = ssh_channel_new(pair.client);
    std::optional<ForwardOpen> out;
    EXPECT_TRUE(pair.until([&] {
        const int rc = ask(channel);
        while (const MessagePtr message = MessagePtr(ssh_message_get(pair.server))) {
            out = read_forward(message.get());
            ssh_message_reply_default(message.get());
        }
        return rc != SSH_AGAIN;
    }));
    return out;
}

TEST(ForwardOpen, PassesToAPortWithoutTheOperatorsPlace) {
    ForwardOpen asked;
    asked.place.host = "db.internal";
    asked.place.port = 5432;
    asked.origin_host = "10.1.2.3";
    asked.origin_port = 40000;
    const auto read = read_of([&](ssh_channel channel) { return send_forward(channel, asked); });
    ASSERT_TRUE(read);
    EXPECT_EQ(read->place.host, "db.internal");
    EXPECT_EQ(read->place.port, 5432);
    EXPECT_EQ(read->place.path, "");
    EXPECT_EQ(read->origin_host, "127.0.0.1");
    EXPECT_EQ(read->origin_port, 0);
}

TEST(ForwardOpen, PassesToASocketByItsPath) {
    ForwardOpen asked;
    asked.place.path = "/run/odd \xff name.sock";
    const auto read = read_of([&](ssh_channel channel) { return send_forward(channel, asked); });
    ASSERT_TRUE(read);
    EXPECT_EQ(read->place.path, asked.place.path);
    EXPECT_EQ(read->place.host, "");
    EXPECT_EQ(read->place.port, 0);
}

TEST(ForwardOpen, IsNothingElse) {
    const auto raw = [](const char* type, const std::string& fields) {
        return read_of([&](ssh_channel channel) {
            return ssh_channel_open_raw(channel, type, fields.data(), fields.size());
        });
    };
    const std::string right = FieldWriter().text("/run/x.sock").text("").number(0).bytes();
    EXPECT_TRUE(raw("direct-streamlocal@openssh.com", right));
    EXPECT_FALSE(raw("direct-streamlocal@example.com", right));
    EXPECT_FALSE(raw("direct-streamlocal@openssh.com", right + "more"));
    EXPECT_FALSE(raw("direct-streamlocal@openssh.com", FieldWriter().text("").text("").number(0).bytes()));
    EXPECT_FALSE(read_of([](ssh_channel channel) { return ssh_channel_open_session(channel); }));
}

}  // namespace
}  // namespace sallyport::ssh
