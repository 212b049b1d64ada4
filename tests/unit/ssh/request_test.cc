// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/request.h"

#include <gtest/gtest.h>

#include "daemon/ssh/fields.h"
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

int ask_raw(ssh_channel channel, const char* name, const std::string& fields, bool wants_reply = true) {
    return ssh_channel_request_raw(channel, name, fields.data(), fields.size(), wants_reply ? 1 : 0);
}

std::string pty_fields(const std::string& modes) {
    FieldWriter fields;
    fields.text("xterm").number(80).number(24).number(640).number(480).text(modes);
    return fields.bytes();
}

TEST_F(RequestTest, PassesATerminalWithItsModesByteForByte) {
    const std::string modes("\x35\0\0\0\1\x80\0\0\x96\0\0", 11);
    const auto ask = [&](ssh_channel channel) { return ask_raw(channel, "pty-req", pty_fields(modes)); };
    const Request came = see(ask);
    EXPECT_EQ(came.modes, modes);
    const Request passed = see([&](ssh_channel channel) { return send_request(channel, came); });
    EXPECT_EQ(passed.kind, Kind::pty);
    EXPECT_EQ(passed.text, "xterm");
    EXPECT_EQ(passed.columns, 80);
    EXPECT_EQ(passed.rows, 24);
    EXPECT_EQ(passed.pixel_width, 640);
    EXPECT_EQ(passed.pixel_height, 480);
    EXPECT_EQ(passed.modes, modes);
}

TEST_F(RequestTest, TakesNoTerminalOfMoreModesThanThereAre) {
    const auto with = [](std::size_t size) {
        return [size](ssh_channel channel) {
            return ask_raw(channel, "pty-req", pty_fields(std::string(size, 'm')));
        };
    };
    EXPECT_EQ(see(with(159 * 5 + 1)).kind, Kind::pty);
    EXPECT_EQ(see(with(159 * 5 + 2)).kind, Kind::unknown);
}

TEST_F(RequestTest, PassesABreakOfItsLengthAndNoOther) {
    const auto with = [](const std::string& fields, bool wants_reply) {
        return [=](ssh_channel channel) { return ask_raw(channel, "break", fields, wants_reply); };
    };
    const Request came = see(with(FieldWriter().number(1500).bytes(), true));
    EXPECT_EQ(came.kind, Kind::line_break);
    EXPECT_EQ(came.length, std::chrono::milliseconds(1500));
    const Request passed = see([&](ssh_channel channel) { return send_request(channel, came); });
    EXPECT_EQ(passed.kind, Kind::line_break);
    EXPECT_EQ(passed.length, came.length);
    EXPECT_TRUE(passed.is_answer_wanted);
    EXPECT_FALSE(see(with(FieldWriter().number(0).bytes(), false)).is_answer_wanted);
    EXPECT_EQ(see(with("", true)).kind, Kind::unknown);
    EXPECT_EQ(see(with("12345", true)).kind, Kind::unknown);
}

TEST_F(RequestTest, KnowsTheEndOfWriteByItsName) {
    const auto with = [](const char* name, bool wants_reply) {
        return [=](ssh_channel channel) { return ask_raw(channel, name, "", wants_reply); };
    };
    EXPECT_TRUE(is_end_of_write(see(with("eow@openssh.com", false)).message.get()));
    EXPECT_FALSE(is_end_of_write(see(with("eow@openssh.com", true)).message.get()));
    EXPECT_FALSE(is_end_of_write(see(with("eow@example.com", false)).message.get()));
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
