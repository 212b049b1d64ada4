// SPDX-License-Identifier: Apache-2.0
// Patch 3: few sends and few random numbers for many packets, and no packet whose encryption failed.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/socket.h>

#include <string>

#include "pair.h"

namespace {

int sends = 0;
int draws = 0;          // of random numbers
int failing_call = -1;  // counts down to the call of OpenSSL that fails; none while negative
std::string sent;       // all that reached the kernel

bool is_to_fail() {
    return failing_call >= 0 && failing_call-- == 0;
}

template <class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// The library's own calls come here, because the program is searched before the libraries.
extern "C" {

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
    ++sends;
    const ssize_t count = real<decltype(&send)>("send")(fd, bytes, size, flags);
    if (count > 0) sent.append(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
    return count;
}

int RAND_bytes(unsigned char* bytes, int size) {
    ++draws;
    return real<decltype(&RAND_bytes)>("RAND_bytes")(bytes, size);
}

int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX* context, int type, int number, void* pointer) {
    if (is_to_fail()) return 0;
    return real<decltype(&EVP_CIPHER_CTX_ctrl)>("EVP_CIPHER_CTX_ctrl")(context, type, number, pointer);
}

int EVP_EncryptUpdate(EVP_CIPHER_CTX* context, unsigned char* out, int* out_size, const unsigned char* in,
                      int size) {
    if (is_to_fail()) return 0;
    return real<decltype(&EVP_EncryptUpdate)>("EVP_EncryptUpdate")(context, out, out_size, in, size);
}

int EVP_EncryptFinal(EVP_CIPHER_CTX* context, unsigned char* out, int* size) {
    if (is_to_fail()) return 0;
    return real<decltype(&EVP_EncryptFinal)>("EVP_EncryptFinal")(context, out, size);
}

int EVP_CipherUpdate(EVP_CIPHER_CTX* context, unsigned char* out, int* out_size, const unsigned char* in,
                     int size) {
    if (is_to_fail()) return 0;
    return real<decltype(&EVP_CipherUpdate)>("EVP_CipherUpdate")(context, out, out_size, in, size);
}

int EVP_MAC_update(EVP_MAC_CTX* context, const unsigned char* in, size_t size) {
    if (is_to_fail()) return 0;
    return real<decltype(&EVP_MAC_update)>("EVP_MAC_update")(context, in, size);
}

int EVP_MAC_final(EVP_MAC_CTX* context, unsigned char* out, size_t* size, size_t room) {
    if (is_to_fail()) return 0;
    return real<decltype(&EVP_MAC_final)>("EVP_MAC_final")(context, out, size, room);
}

}  // extern "C"

namespace sallyport::libssh_test {
namespace {

TEST(LeanSending, HandsOverWhatOneCallWroteInOnePiece) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    const std::string bytes(128 << 10, 'x');
    sends = 0;
    ASSERT_EQ(ssh_channel_write(pair.server_channel, bytes.data(), bytes.size()), bytes.size());
    EXPECT_EQ(sends, 1);  // four packets of 32 KiB and their rest
}

TEST(LeanSending, DrawsPaddingForManyPacketsAtOnce) {
    Pair pair;
    ASSERT_TRUE(pair.open_channel());
    draws = 0;
    for (int i = 0; i < 100; ++i) ASSERT_EQ(ssh_channel_write(pair.server_channel, "key", 3), 3);
    EXPECT_LE(draws, 10);
}

TEST(LeanSending, NeverRepeatsAPacketsPadding) {
    std::string packets[2];
    for (std::string& packet : packets) {
        Pair pair;
        ASSERT_TRUE(pair.open_channel());
        sent.clear();
        ASSERT_EQ(ssh_channel_write(pair.server_channel, "key", 3), 3);
        packet = sent;
    }
    EXPECT_NE(packets[0], packets[1]);
}

class FailedEncryption : public testing::TestWithParam<const char*> {};

TEST_P(FailedEncryption, SendsNothingOfThePacketAndEndsTheSession) {
    const std::string secret(1000, 's');
    int call = 0;
    for (bool has_failed = true; has_failed; ++call) {
        Pair pair({.cipher = GetParam()});
        ASSERT_TRUE(pair.open_channel());
        pair.settle();
        sent.clear();
        failing_call = call;
        const int wrote = ssh_channel_write(pair.server_channel, secret.data(), secret.size());
        has_failed = failing_call < 0;
        failing_call = -1;
        if (!has_failed) {
            EXPECT_EQ(wrote, secret.size());
            continue;
        }
        EXPECT_EQ(wrote, SSH_ERROR) << "call " << call;
        EXPECT_EQ(ssh_channel_write(pair.server_channel, secret.data(), secret.size()), SSH_ERROR);
        pair.settle();
        EXPECT_EQ(sent, "") << "call " << call;
    }
    EXPECT_GT(call, 4);  // as many as encrypt one packet
}

INSTANTIATE_TEST_SUITE_P(LeanSending, FailedEncryption,
                         testing::Values("aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"));

}  // namespace
}  // namespace sallyport::libssh_test
