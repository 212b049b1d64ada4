// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/request.h"

#include <gtest/gtest.h>

#include "tests/libssh/pair.h"

namespace sallyport::ssh {
namespace {

using Kind = Request::Kind;

/// What a server reads out of the requests that a libssh client sends.
class RequestTest : public ::testing::Test {
 protected:
    libssh_test::Pair pair;

    void SetUp() override { ASSERT_TRUE(pair.open_channel()); }

    /// Turns the pair and asks again until the server has a request; refuses it.
    Request see(const std::function<int(ssh_channel)>& ask) {
        Request out;
        int answered = ask(pair.client_channel);
        EXPECT_TRUE(pair.until([&] {
            MessagePtr message(ssh_message_get(pair.server));
            if (!message) return false;
            out = read_request(std::move(message));
            return true;
        }));
        ssh_message_reply_default(out.message.get());
        EXPECT_TRUE(pair.until([&] {
            if (answered == SSH_AGAIN) answered = ask(pair.client_channel);
            return answered != SSH_AGAIN;
        }));
        return out;
    }
};

TEST_F(RequestTest, StartsSomethingAsShellExecOrSubsystemAlone) {
    const Request shell = see([](ssh_channel channel) { return ssh_channel_request_shell(channel); });
    EXPECT_EQ(shell.kind, Kind::shell);
    EXPECT_TRUE(shell.starts());
    const Request exec =
        see([](ssh_channel channel) { return ssh_channel_request_exec(channel, "a 'b'\n\xff"); });
    EXPECT_EQ(exec.kind, Kind::exec);
    EXPECT_EQ(exec.text, "a 'b'\n\xff");
    EXPECT_TRUE(exec.starts());
    const Request subsystem =
        see([](ssh_channel channel) { return ssh_channel_request_subsystem(channel, "sftp"); });
    EXPECT_EQ(subsystem.kind, Kind::subsystem);
    EXPECT_EQ(subsystem.text, "sftp");
    EXPECT_TRUE(subsystem.starts());
}

TEST_F(RequestTest, ReadsATerminalAndItsVariables) {
    const Request pty =
        see([](ssh_channel channel) { return ssh_channel_request_pty_size(channel, "xterm", 132, 43); });
    EXPECT_EQ(pty.kind, Kind::pty);
    EXPECT_EQ(pty.text, "xterm");
    EXPECT_EQ(pty.columns, 132);
    EXPECT_EQ(pty.rows, 43);
    EXPECT_FALSE(pty.starts());
    const Request env =
        see([](ssh_channel channel) { return ssh_channel_request_env(channel, "LANG", "C.UTF-8"); });
    EXPECT_EQ(env.kind, Kind::env);
    EXPECT_EQ(env.text, "LANG");
    EXPECT_EQ(env.value, "C.UTF-8");
    EXPECT_FALSE(env.starts());
}

TEST_F(RequestTest, HasNoWordsForWhatIsNotRelayed) {
    const Request x11 = see([](ssh_channel channel) {
        return ssh_channel_request_x11(channel, 0, "MIT-MAGIC-COOKIE-1", "00112233445566778899aabbccddeeff",
                                       0);
    });
    EXPECT_EQ(x11.kind, Kind::unknown);
    EXPECT_FALSE(x11.starts());
}

}  // namespace
}  // namespace sallyport::ssh
