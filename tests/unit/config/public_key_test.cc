// SPDX-License-Identifier: Apache-2.0
#include "config/public_key.h"

#include <gtest/gtest.h>

#include "common/base64.h"

namespace sallyport {
namespace {

const std::string ed25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIKjfXaBAMDpLaPtO9iob078Qoies7X/SlE//QROCGjdT";
const std::string nistp256 =
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKIxIMTUidnOdLqh89i2/"
    "QVrzd9MIjMzkSK82o5Zmso29i8yIbPraJDSsk8m1edo1krC44HJ9fGQboIB/1O/noI=";

std::string field(const std::string& bytes) {
    const std::size_t size = bytes.size();
    return std::string{'\0', '\0', static_cast<char>(size >> 8), static_cast<char>(size)} + bytes;
}

std::string line(const std::string& type, const std::string& body) {
    return type + " " + to_base64(field(type) + body);
}

std::string rsa(std::size_t bits) {
    std::string modulus(bits / 8, '\x55');
    modulus.front() = static_cast<char>(0x80);
    return line("ssh-rsa", field("\x01\x00\x01") + field('\0' + modulus));
}

/// Why a line is no key; empty if it is one.
std::string refusal(const std::string& text) {
    std::string why;
    const auto key = parse_public_key(text, why);
    EXPECT_EQ(key.has_value(), why.empty()) << text;
    return why;
}

TEST(PublicKey, IsReadAsSshKeygenWritesIt) {
    std::string why;
    const auto key = parse_public_key("ssh-ed25519 " + ed25519 + " alice at home", why);
    ASSERT_TRUE(key.has_value()) << why;
    EXPECT_EQ(key->type, "ssh-ed25519");
    EXPECT_EQ(key->fingerprint, "SHA256:5XMCArt/tRfv1HkEJvCDxPfcWB4hdJCl8jXrHPvupwU");
    EXPECT_EQ(key->comment, "alice at home");
    EXPECT_EQ(to_base64(key->blob), ed25519);
    EXPECT_EQ(refusal("  ssh-ed25519\t" + ed25519 + "\n"), "");
    EXPECT_EQ(refusal("ecdsa-sha2-nistp256 " + nistp256), "");
}

TEST(PublicKey, IsTakenInItsSecurityKeyFormsToo) {
    EXPECT_EQ(refusal(line("sk-ssh-ed25519@openssh.com", field(std::string(32, 'x')) + field("ssh:"))), "");
    EXPECT_EQ(refusal(line("sk-ecdsa-sha2-nistp256@openssh.com",
                           field("nistp256") + field(std::string(65, 'x')) + field("ssh:"))),
              "");
}

TEST(PublicKey, IsRefusedWithAnotherTypeThanItsBody) {
    EXPECT_NE(refusal("ssh-rsa " + ed25519).find("another type"), std::string::npos);
    EXPECT_NE(refusal("ecdsa-sha2-nistp384 " + nistp256).find("another type"), std::string::npos);
    EXPECT_NE(refusal("ssh-ed25519 AAAA").find("another type"), std::string::npos);
}

TEST(PublicKey, OfRsaHasAtLeast2048Bits) {
    EXPECT_EQ(refusal(rsa(2048)), "");
    EXPECT_EQ(refusal(rsa(4096)), "");
    EXPECT_NE(refusal(rsa(2040)).find("at least 2048 bits"), std::string::npos);
    EXPECT_NE(refusal(rsa(1024)).find("at least 2048 bits"), std::string::npos);
    // Zeros in front make a number longer, not larger.
    const std::string padded = std::string(200, '\0') + std::string(128, '\x55');
    EXPECT_NE(refusal(line("ssh-rsa", field("\x01\x00\x01") + field(padded))).find("2048"),
              std::string::npos);
}

TEST(PublicKey, IsRefusedAsACertificateInWordsOfItsOwn) {
    EXPECT_NE(refusal("ssh-ed25519-cert-v01@openssh.com " + ed25519).find("certificates are not accepted"),
              std::string::npos);
    EXPECT_EQ(refusal("ssh-ed25519 " + ed25519), "");
}

TEST(PublicKey, IsRefusedInATypeThatNobodyKnows) {
    for (const char* type : {"ssh-dss", "ssh-ed448", "no-pty", "restrict,command=\"x\"", "SSH-ED25519", ""})
        EXPECT_NE(refusal(std::string(type) + " " + ed25519).find("unknown key type"), std::string::npos)
            << type;
}

TEST(PublicKey, IsRefusedCutOffOrWithMoreBehindIt) {
    const std::string body = field(std::string(32, 'x'));
    EXPECT_EQ(refusal(line("ssh-ed25519", body)), "");
    EXPECT_NE(refusal(line("ssh-ed25519", "")), "");
    EXPECT_NE(refusal(line("ssh-ed25519", body.substr(0, 20))), "");
    EXPECT_NE(refusal(line("ssh-ed25519", body + "x")), "");
    EXPECT_NE(refusal(line("ssh-ed25519", body + field("x"))), "");
    EXPECT_NE(refusal(line("ecdsa-sha2-nistp256", field("nistp256"))), "");
    EXPECT_NE(refusal(line("sk-ssh-ed25519@openssh.com", body)), "");
    EXPECT_NE(refusal(line("ssh-rsa", field("\x01\x00\x01"))), "");
    EXPECT_NE(refusal(line("ssh-ed25519", std::string("\xff\xff\xff\xffx", 5))), "");
}

TEST(PublicKey, IsRefusedWhereItIsNoBase64OrEndless) {
    EXPECT_NE(refusal("ssh-ed25519"), "");
    EXPECT_NE(refusal("ssh-ed25519 ???"), "");
    EXPECT_NE(refusal("ssh-ed25519 " + ed25519.substr(0, 50)), "");
    EXPECT_EQ(refusal("ssh-ed25519 " + std::string(20'000, 'A')), "too long");
}

}  // namespace
}  // namespace sallyport
