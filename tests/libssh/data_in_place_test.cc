// SPDX-License-Identifier: Apache-2.0
// Patch 4: a callback that takes all of a packet leaves nothing behind; whatever it takes, no byte is lost
// and the window holds. Patch 10: a session that is not to be read is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>

#include "internals.h"
#include "pair.h"

namespace sallyport::libssh_test {
namespace {

constexpr std::size_t window = 2 << 20;  // libssh's, of a channel

/// Hears the client's channel and takes as much of each offer as `choose` says.
class Listener {
 public:
    Listener(ssh_channel channel, std::function<std::size_t(std::size_t)> choose)
        : channel_(channel), choose_(std::move(choose)) {
        callbacks_.userdata = this;
        callbacks_.channel_data_function = take;
        ssh_callbacks_init(&callbacks_);
        ssh_set_channel_callbacks(channel_, &callbacks_);
    }
    ~Listener() { ssh_remove_channel_callbacks(channel_, &callbacks_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Reads what was left, at most `size` bytes.
    void read(std::size_t size) {
        std::string part(size, '\0');
        const int count = ssh_channel_read_nonblocking(channel_, part.data(), static_cast<uint32_t>(size), 0);
        if (count > 0) bytes.append(part, 0, static_cast<std::size_t>(count));
    }

    std::string bytes;

 private:
    static int take(ssh_session, ssh_channel, void* data, uint32_t size, int, void* self) noexcept {
        auto& listener = *static_cast<Listener*>(self);
        const std::size_t count = std::min<std::size_t>(listener.choose_(size), size);
        listener.bytes.append(static_cast<const char*>(data), count);
        return static_cast<int>(count);
    }

    ssh_channel channel_;
    std::function<std::size_t(std::size_t)> choose_;
    ssh_channel_callbacks_struct callbacks_{};
};

std::string noise(std::size_t size) {
    std::mt19937 random(7);
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    return bytes;
}

/// Writes a piece of `bytes` from the server's side if the socket has taken the last one.
void write_some(Pair& pair, const std::string& bytes, std::size_t& written) {
    const std::size_t size = std::min<std::size_t>(bytes.size() - written, 100'000);
    if (size == 0 || (ssh_get_status(pair.server) & SSH_WRITE_PENDING) != 0) return;
    const int count =
        ssh_channel_write(pair.server_channel, bytes.data() + written, static_cast<uint32_t>(size));
    if (count > 0) written += static_cast<std::size_t>(count);
}

TEST(DataInPlace, KeepsNoStorageForWhatIsTakenAtOnce) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    Listener listener(pair.client_channel, [](std::size_t size) { return size; });
    const std::string sent = noise(1 << 20);
    std::size_t written = 0;
    ASSERT_TRUE(pair.until([&] {
        write_some(pair, sent, written);
        return listener.bytes.size() == sent.size();
    }));
    EXPECT_TRUE(listener.bytes == sent);
    EXPECT_LE(channel_storage(pair.client_channel), 64u);  // a new buffer's own
}

TEST(DataInPlace, LosesNothingWhateverTheCallbackTakes) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random(seed);
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    Listener listener(pair.client_channel, [&](std::size_t size) {
        return random() % 3 == 0 ? 0 : random() % 3 == 0 ? size : random() % (size + 1);
    });
    const std::string sent = noise(5 << 20);
    std::size_t written = 0;
    ASSERT_TRUE(pair.until([&] {
        write_some(pair, sent, written);
        if (random() % 4 == 0 || written == sent.size()) listener.read(random() % 200'000);
        return listener.bytes.size() == sent.size();
    })) << "seed "
        << seed;
    EXPECT_TRUE(listener.bytes == sent) << "seed " << seed;
}

TEST(DataInPlace, CreditsThePeerOnlyWithWhatWasTaken) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    Listener listener(pair.client_channel, [](std::size_t) { return 0; });
    const std::string sent = noise(3 << 20);
    std::size_t written = 0;
    (void)pair.until([&] {
        write_some(pair, sent, written);
        return written >= window;
    });
    pair.settle();
    write_some(pair, sent, written);
    EXPECT_EQ(written, window);
    ASSERT_TRUE(pair.until([&] {
        listener.read(100'000);
        write_some(pair, sent, written);
        return listener.bytes.size() == sent.size();
    }));
    EXPECT_TRUE(listener.bytes == sent);
}

TEST(SetReading, LeavesBytesWithThePeerUntilItIsOnAgain) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    Listener listener(pair.client_channel, [](std::size_t size) { return size; });
    ssh_set_reading(pair.client, 0);
    ASSERT_EQ(ssh_channel_write(pair.server_channel, "held", 4), 4);
    pair.settle();
    EXPECT_EQ(listener.bytes, "");
    ssh_set_reading(pair.client, 1);
    EXPECT_TRUE(pair.until([&] { return listener.bytes == "held"; }));
}

}  // namespace
}  // namespace sallyport::libssh_test
