// SPDX-License-Identifier: Apache-2.0
// Patch 5: on a non-blocking session a call on a channel runs nobody's callbacks; ssh_event_dopoll() alone
// does.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "pair.h"

namespace sallyport::libssh_test {
namespace {

struct Received {
    std::string bytes;
    ssh_channel_callbacks_struct callbacks{};
};

int keep(ssh_session, ssh_channel, void* data, uint32_t size, int, void* user) noexcept {
    static_cast<Received*>(user)->bytes.append(static_cast<const char*>(data), size);
    return static_cast<int>(size);
}

void hear(ssh_channel channel, Received& received) {
    received.callbacks.userdata = &received;
    received.callbacks.channel_data_function = keep;
    ssh_callbacks_init(&received.callbacks);
    ssh_set_channel_callbacks(channel, &received.callbacks);
}

struct Action {
    const char* name;
    void (*run)(Pair&);
};

const Action actions[] = {
    {"Write", [](Pair& pair) { ssh_channel_write(pair.client_channel, "x", 1); }},
    {"WriteStderr", [](Pair& pair) { ssh_channel_write_stderr(pair.client_channel, "x", 1); }},
    {"Eof", [](Pair& pair) { ssh_channel_send_eof(pair.client_channel); }},
    {"Close", [](Pair& pair) { ssh_channel_close(pair.client_channel); }},
    {"Poll", [](Pair& pair) { ssh_channel_poll(pair.client_channel, 0); }},
    {"PollTimeoutZero", [](Pair& pair) { ssh_channel_poll_timeout(pair.client_channel, 0, 0); }},
    {"Read",
     [](Pair& pair) {
         char c;
         ssh_channel_read(pair.client_channel, &c, 1, 0);
     }},
    {"ReadNonblocking",
     [](Pair& pair) {
         char c;
         ssh_channel_read_nonblocking(pair.client_channel, &c, 1, 0);
     }},
    {"Request", [](Pair& pair) { ssh_channel_request_exec(pair.client_channel, "true"); }},
    {"ExitState",
     [](Pair& pair) {
         uint32_t code;
         ssh_channel_get_exit_state(pair.client_channel, &code, nullptr, nullptr);
     }},
    {"Ignore", [](Pair& pair) { ssh_send_ignore(pair.client, ""); }},
    {"MessageGet", [](Pair& pair) { ssh_message_free(ssh_message_get(pair.client)); }},
};

class NoNestedPolling : public testing::TestWithParam<Action> {};

TEST_P(NoNestedPolling, RunsNoCallbackInside) {
    Received at_client, at_server;
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    hear(pair.client_channel, at_client);
    hear(pair.server_channel, at_server);
    pair.settle();
    ASSERT_EQ(ssh_channel_write(pair.server_channel, "waiting", 7), 7);

    // After a first write the socket counts as busy, and what follows would poll to flush it.
    ssh_channel_write(pair.client_channel, "x", 1);
    GetParam().run(pair);
    EXPECT_EQ(at_client.bytes, "");
    EXPECT_EQ(at_server.bytes, "");

    EXPECT_TRUE(pair.until([&] { return at_client.bytes == "waiting"; }));
}

INSTANTIATE_TEST_SUITE_P(Calls, NoNestedPolling, testing::ValuesIn(actions),
                         [](const auto& action) { return std::string(action.param.name); });

TEST(NoNestedPollingFull, WaitsForRoomOnlyWhereSomethingIsLeft) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    pair.settle();
    ASSERT_EQ(ssh_channel_write(pair.client_channel, "x", 1), 1);
    EXPECT_EQ(ssh_get_poll_flags(pair.client) & SSH_WRITE_PENDING, 0);
    const int small = 4096;
    setsockopt(pair.client_fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    const std::string chunk(100'000, 'a');
    ASSERT_GT(ssh_channel_write(pair.client_channel, chunk.data(), chunk.size()), 0);
    EXPECT_NE(ssh_get_poll_flags(pair.client) & SSH_WRITE_PENDING, 0);
    EXPECT_TRUE(pair.until([&] { return (ssh_get_poll_flags(pair.client) & SSH_WRITE_PENDING) == 0; }));
    EXPECT_EQ(ssh_get_pending_output(pair.client), 0U);
}

TEST(NoNestedPollingFull, KeepsOrderAndLosesNothingWhenTheSocketIsFull) {
    Received at_server;
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    hear(pair.server_channel, at_server);
    pair.settle();
    const int small = 4096;
    setsockopt(pair.client_fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    std::string sent;
    while (ssh_channel_window_size(pair.client_channel) > 0) {
        const std::string chunk(10000, static_cast<char>('a' + sent.size() / 10000 % 26));
        const int written = ssh_channel_write(pair.client_channel, chunk.data(), chunk.size());
        ASSERT_GT(written, 0) << ssh_get_error(pair.client);
        sent.append(chunk, 0, static_cast<std::size_t>(written));
    }
    EXPECT_EQ(ssh_channel_write(pair.client_channel, "x", 1), 0);
    EXPECT_TRUE(ssh_get_status(pair.client) & SSH_WRITE_PENDING);
    EXPECT_GT(ssh_get_pending_output(pair.client), sent.size() / 2);  // the small socket took a little of it
    EXPECT_EQ(ssh_channel_send_eof(pair.client_channel), SSH_OK);
    EXPECT_EQ(ssh_channel_close(pair.client_channel), SSH_OK);
    EXPECT_EQ(at_server.bytes, "");
    EXPECT_TRUE(pair.until([&] { return ssh_channel_is_eof(pair.server_channel) != 0; }));
    EXPECT_TRUE(at_server.bytes == sent);
    EXPECT_EQ(ssh_get_pending_output(pair.client), 0U);
}

TEST(NoNestedPollingServer, DoesNotBlockOnAFullBlockingDescriptor) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    pair.settle();
    const int small = 4096;
    setsockopt(ssh_get_fd(pair.server), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    const std::string chunk(100000, 'x');
    EXPECT_EQ(ssh_channel_write(pair.server_channel, chunk.data(), chunk.size()), 100000);
    EXPECT_TRUE(ssh_get_status(pair.server) & SSH_WRITE_PENDING);
}

}  // namespace
}  // namespace sallyport::libssh_test
