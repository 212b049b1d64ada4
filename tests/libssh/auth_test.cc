// SPDX-License-Identifier: Apache-2.0
// Patch 9: every public key request reaches the application, and what a security key said with it.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <memory>
#include <string>

#include "internals.h"
#include "pair.h"

namespace sallyport::libssh_test {
namespace {

using Message = std::unique_ptr<ssh_message_struct, decltype(&ssh_message_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string number(uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

std::string text(const std::string& bytes) {
    return number(static_cast<uint32_t>(bytes.size())) + bytes;
}

std::string sha256(const std::string& bytes) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

/// An Ed25519 key pair of the test's own, plain or as a security key would hold it.
class Signer {
 public:
    std::string plain_blob() const { return text("ssh-ed25519") + text(public_half()); }
    std::string touched_blob() const { return text(touched) + text(public_half()) + text(application); }

    std::string sign_plain(const std::string& what) const { return text("ssh-ed25519") + text(sign(what)); }
    std::string sign_touched(const std::string& what, char flags, uint32_t counter) const {
        const std::string said = flags + number(counter);
        return text(touched) + text(sign(sha256(application) + said + sha256(what))) + said;
    }

    static constexpr auto touched = "sk-ssh-ed25519@openssh.com";
    static constexpr auto application = "ssh:";

 private:
    std::string public_half() const {
        std::string half(32, '\0');
        std::size_t size = half.size();
        EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(half.data()), &size);
        return half;
    }
    std::string sign(const std::string& what) const {
        std::string signature(64, '\0');
        std::size_t size = signature.size();
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              EVP_MD_CTX_free);
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(what.data()), what.size());
        return signature;
    }

    Key key_{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free};
};

class Auth : public testing::Test {
 protected:
    void SetUp() override {
        ASSERT_TRUE(pair.connect());
        ASSERT_TRUE(pair.until([&] {
            if (const Message message = next()) ssh_message_reply_default(message.get());
            return ssh_userauth_none(pair.client, nullptr) != SSH_AUTH_AGAIN;
        }));
    }

    Message next() { return {ssh_message_get(pair.server), ssh_message_free}; }

    std::string request(const std::string& algorithm, const std::string& blob, bool with_signature) const {
        return text("alice") + text("ssh-connection") + text("publickey") + (with_signature ? '\1' : '\0') +
               text(algorithm) + text(blob);
    }

    std::string to_be_signed(const std::string& unsigned_request) const {
        std::size_t size = 0;
        const auto* id = reinterpret_cast<const char*>(session_id(pair.client, &size));
        return text(std::string(id, size)) + '\x32' + unsigned_request;
    }

    /// Sends the request and gives what the application of the server then sees.
    Message see(const std::string& bytes) {
        EXPECT_EQ(send_auth_request(pair.client, bytes.data(), bytes.size()), SSH_OK);
        Message message{nullptr, ssh_message_free};
        pair.until([&] {
            message = next();
            return message != nullptr;
        });
        return message;
    }

    void expect_refused(Message message) {
        ASSERT_NE(message, nullptr) << "dropped in silence";
        EXPECT_EQ(ssh_message_type(message.get()), SSH_REQUEST_AUTH);
        EXPECT_EQ(ssh_message_subtype(message.get()), static_cast<int>(SSH_AUTH_METHOD_PUBLICKEY));
        EXPECT_EQ(ssh_message_auth_publickey_state(message.get()), SSH_PUBLICKEY_STATE_ERROR);
        EXPECT_STREQ(ssh_message_auth_user(message.get()), "alice");
        EXPECT_EQ(ssh_message_auth_sk_flags(message.get(), nullptr, nullptr), -1);
        EXPECT_EQ(ssh_message_auth_reply_success(message.get(), 0), SSH_ERROR);
        EXPECT_EQ(ssh_message_auth_reply_pk_ok_simple(message.get()), SSH_ERROR);
        ssh_message_reply_default(message.get());
        EXPECT_TRUE(pair.until([&] { return auth_was_answered(pair.client) != 0; }));
    }

    Pair pair;
    Signer signer;
};

TEST_F(Auth, AnUnknownKeyTypeIsSeenAndAnswered) {
    auto message =
        see(request("webauthn-sk@example.org", text("webauthn-sk@example.org") + text("key"), false));
    ASSERT_NE(message, nullptr) << "dropped in silence";
    EXPECT_STREQ(ssh_message_auth_algorithm(message.get()), "webauthn-sk@example.org");
    EXPECT_EQ(ssh_message_auth_pubkey(message.get()), nullptr);
    expect_refused(std::move(message));
    EXPECT_TRUE(auth_was_refused(pair.client));
}

TEST_F(Auth, AKeyThatIsNoKeyIsSeenAndAnswered) {
    expect_refused(see(request("ssh-ed25519", "rubbish", false)));
    EXPECT_TRUE(auth_was_refused(pair.client));
}

TEST_F(Auth, ACutRequestIsSeenAndAnswered) {
    expect_refused(see(text("alice") + text("ssh-connection") + text("publickey") + '\1'));
    EXPECT_TRUE(auth_was_refused(pair.client));
}

TEST_F(Auth, AWrongSignatureIsSeenWithItsKey) {
    const auto asked = request("ssh-ed25519", signer.plain_blob(), true);
    const auto message = see(asked + text(signer.sign_plain("something else")));
    ASSERT_NE(message, nullptr) << "dropped in silence";
    EXPECT_NE(ssh_message_auth_pubkey(message.get()), nullptr);
    EXPECT_EQ(ssh_message_auth_publickey_state(message.get()), SSH_PUBLICKEY_STATE_ERROR);
    EXPECT_EQ(ssh_message_auth_reply_success(message.get(), 0), SSH_ERROR);
    ssh_message_reply_default(message.get());
    EXPECT_TRUE(pair.until([&] { return auth_was_refused(pair.client) != 0; }));
}

TEST_F(Auth, AMissingSignatureIsSeenAndAnswered) {
    auto message = see(request("ssh-ed25519", signer.plain_blob(), true));
    ASSERT_NE(message, nullptr) << "dropped in silence";
    EXPECT_EQ(ssh_message_auth_publickey_state(message.get()), SSH_PUBLICKEY_STATE_ERROR);
}

TEST_F(Auth, AnAlgorithmThatIsNotAcceptedIsSeenAndAnswered) {
    ASSERT_EQ(ssh_options_set(pair.server, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, "rsa-sha2-512"), 0);
    const auto asked = request("ssh-ed25519", signer.plain_blob(), true);
    auto message = see(asked + text(signer.sign_plain(to_be_signed(asked))));
    ASSERT_NE(message, nullptr) << "dropped in silence";
    EXPECT_EQ(ssh_message_auth_publickey_state(message.get()), SSH_PUBLICKEY_STATE_ERROR);
}

TEST_F(Auth, AValidSignatureIsGranted) {
    const auto asked = request("ssh-ed25519", signer.plain_blob(), true);
    const auto message = see(asked + text(signer.sign_plain(to_be_signed(asked))));
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(ssh_message_auth_publickey_state(message.get()), SSH_PUBLICKEY_STATE_VALID);
    EXPECT_STREQ(ssh_message_auth_algorithm(message.get()), "ssh-ed25519");
    uint8_t flags = 0xff;
    EXPECT_EQ(ssh_message_auth_sk_flags(message.get(), &flags, nullptr), -1);
    EXPECT_EQ(flags, 0xff);
    EXPECT_EQ(ssh_message_auth_reply_success(message.get(), 0), SSH_OK);
    EXPECT_TRUE(pair.until([&] { return auth_was_granted(pair.client) != 0; }));
}

TEST_F(Auth, AQueryIsNoProof) {
    const auto message = see(request("ssh-ed25519", signer.plain_blob(), false));
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(ssh_message_auth_publickey_state(message.get()), SSH_PUBLICKEY_STATE_NONE);
    EXPECT_EQ(ssh_message_auth_reply_success(message.get(), 0), SSH_ERROR);
    EXPECT_EQ(ssh_message_auth_reply_pk_ok_simple(message.get()), SSH_OK);
}

TEST_F(Auth, ASecurityKeySaysWhetherItWasTouched) {
    for (const uint8_t said : {0, 1, 5}) {
        const auto asked = request(Signer::touched, signer.touched_blob(), true);
        const auto signature = signer.sign_touched(to_be_signed(asked), static_cast<char>(said), 7U + said);
        const auto message = see(asked + text(signature));
        ASSERT_NE(message, nullptr);
        ASSERT_EQ(ssh_message_auth_publickey_state(message.get()), SSH_PUBLICKEY_STATE_VALID);
        uint8_t flags = 0xff;
        uint32_t counter = 0;
        EXPECT_EQ(ssh_message_auth_sk_flags(message.get(), &flags, &counter), 0);
        EXPECT_EQ(flags, said);
        EXPECT_EQ(counter, 7U + said);
        EXPECT_STREQ(ssh_message_auth_algorithm(message.get()), Signer::touched);
        ssh_message_reply_default(message.get());
        EXPECT_TRUE(pair.until([&] { return auth_was_refused(pair.client) != 0; }));
    }
}

TEST_F(Auth, AForgedTouchIsNoSignature) {
    const auto asked = request(Signer::touched, signer.touched_blob(), true);
    auto signature = signer.sign_touched(to_be_signed(asked), 0, 7);
    signature[signature.size() - 5] = 1;
    const auto message = see(asked + text(signature));
    ASSERT_NE(message, nullptr) << "dropped in silence";
    EXPECT_EQ(ssh_message_auth_publickey_state(message.get()), SSH_PUBLICKEY_STATE_ERROR);
    EXPECT_EQ(ssh_message_auth_sk_flags(message.get(), nullptr, nullptr), -1);
}

}  // namespace
}  // namespace sallyport::libssh_test
