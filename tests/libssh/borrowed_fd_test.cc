// SPDX-License-Identifier: Apache-2.0
// Patch 11: the descriptor given by SSH_OPTIONS_FD stays the application's.
#include <fcntl.h>
#include <gtest/gtest.h>
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

TEST(BorrowedFd, ButAServersOwnIsClosed) {
    Pair pair;
    ASSERT_TRUE(pair.connect());
    const int own = ssh_get_fd(pair.server);
    ssh_disconnect(pair.server);
    EXPECT_FALSE(is_open(own));
}

}  // namespace
}  // namespace sallyport::libssh_test
