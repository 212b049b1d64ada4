// SPDX-License-Identifier: Apache-2.0
// Patch 2: few reads for many bytes, and the same bytes however the kernel cuts them.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <random>
#include <string>

#include "pair.h"

namespace {

std::size_t reads = 0;
std::mt19937* cutter = nullptr;

}  // namespace

// The library's own calls come here, because the program is searched before the C library.
extern "C" ssize_t recv(int fd, void* buffer, size_t size, int flags) {
    static const auto real = reinterpret_cast<decltype(&recv)>(dlsym(RTLD_NEXT, "recv"));
    ++reads;
    if (cutter != nullptr) size = std::min<size_t>(size, 1 + (*cutter)() % 3 * (*cutter)() % 50000);
    return real(fd, buffer, size, flags);
}

namespace sallyport::libssh_test {
namespace {

constexpr std::size_t total = 4 << 20;

int keep(ssh_session, ssh_channel, void* data, uint32_t size, int, void* user) noexcept {
    static_cast<std::string*>(user)->append(static_cast<const char*>(data), size);
    return static_cast<int>(size);
}

std::string numbered(std::size_t size) {
    std::mt19937 random(1);
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    return bytes;
}

std::string carry(Pair& pair, const std::string& sent) {
    std::string received;
    ssh_channel_callbacks_struct callbacks{};
    callbacks.userdata = &received;
    callbacks.channel_data_function = keep;
    ssh_callbacks_init(&callbacks);
    ssh_set_channel_callbacks(pair.client_channel, &callbacks);
    std::size_t written = 0;
    EXPECT_TRUE(pair.until([&] {
        const std::size_t chunk = std::min<std::size_t>(sent.size() - written, 128 << 10);
        if (chunk > 0 && !(ssh_get_status(pair.server) & SSH_WRITE_PENDING))
            written += static_cast<std::size_t>(
                std::max(0, ssh_channel_write(pair.server_channel, sent.data() + written, chunk)));
        return received.size() >= sent.size();
    }));
    ssh_remove_channel_callbacks(pair.client_channel, &callbacks);
    return received;
}

TEST(BigReads, TakeManyPacketsAtOnce) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    const std::string sent = numbered(total);
    reads = 0;
    EXPECT_TRUE(carry(pair, sent) == sent);
    EXPECT_LT(reads, total / 16384);  // at 4096 bytes a read it is four times as many
}

TEST(BigReads, GatherPacketsLongerThanTheArea) {
    std::mt19937 random(1);
    const std::string ignored(200000, 'x'), sent = numbered(100000);
    for (std::mt19937* cut : {static_cast<std::mt19937*>(nullptr), &random}) {
        Pair pair;
        ASSERT_TRUE(pair.open_channel());
        cutter = cut;
        for (int i = 0; i < 3; ++i) ASSERT_EQ(ssh_send_ignore(pair.server, ignored.c_str()), SSH_OK);
        EXPECT_TRUE(carry(pair, sent) == sent);
        cutter = nullptr;
    }
}

TEST(BigReads, KeepBytesHoweverTheyAreCut) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    cutter = &random;
    const std::string sent = numbered(total);
    EXPECT_TRUE(carry(pair, sent) == sent) << "seed " << seed;
    cutter = nullptr;
}

}  // namespace
}  // namespace sallyport::libssh_test
