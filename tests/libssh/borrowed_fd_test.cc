// SPDX-License-Identifier: Apache-2.0
// Patch 11: the descriptor given by SSH_OPTIONS_FD or to ssh_bind_accept_fd() stays the application's.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pair.h"

namespace sallyport::libssh_test {
namespace {

bool is_open(int fd) {
    return fcntl(fd, F_GETFD) != -1;
}

TEST(BorrowedFd, StaysNonBlockingWhenConnected) {
    Pair pair;
    ASSERT_TRUE(pair.connect()) << ssh_get_error(pair.client);
    EXPECT_TRUE(fcntl(pair.client_fd, F_GETFL) & O_NONBLOCK);
}

TEST(BorrowedFd, IsOpenAfterFree) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    pair.free_client();
    EXPECT_TRUE(is_open(pair.client_fd));
}

TEST(BorrowedFd, IsOpenAfterAWriteError) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    shutdown(pair.client_fd, SHUT_WR);
    EXPECT_TRUE(pair.until([&] {
        const int written = ssh_channel_write(pair.client_channel, "x", 1);
        return written < 0 || !ssh_is_connected(pair.client);
    }));
    EXPECT_TRUE(is_open(pair.client_fd));
}

TEST(BorrowedFd, IsNotCutToSixteenBits) {
    Pair pair;
    const int large = pair.client_fd + 65536;
    ASSERT_EQ(ssh_options_set(pair.client, SSH_OPTIONS_FD, &large), 0);
    ssh_connect(pair.client);
    EXPECT_EQ(ssh_get_fd(pair.client), large);
}

TEST(BorrowedFd, OfAServerIsOpenAfterDisconnectAndFree) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    ssh_disconnect(pair.server);
    EXPECT_TRUE(is_open(pair.server_fd));
    pair.free_server();
    EXPECT_TRUE(is_open(pair.server_fd));
}

TEST(BorrowedFd, ButWhatLibsshAcceptedIsClosed) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(listen(listener, 1), 0);
    sockaddr_in at{};
    socklen_t size = sizeof at;
    ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size), 0);
    const int peer = socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(connect(peer, reinterpret_cast<sockaddr*>(&at), size), 0);
    ssh_bind bind = ssh_bind_new();
    ssh_bind_set_fd(bind, listener);
    ssh_session session = ssh_new();
    ASSERT_EQ(ssh_bind_accept(bind, session), SSH_OK) << ssh_get_error(bind);
    const int own = ssh_get_fd(session);
    EXPECT_TRUE(is_open(own));
    ssh_free(session);
    EXPECT_FALSE(is_open(own));
    ssh_bind_free(bind);  // closes the listener
    close(peer);
}

}  // namespace
}  // namespace sallyport::libssh_test
