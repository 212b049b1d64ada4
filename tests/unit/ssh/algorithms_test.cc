// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/algorithms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "daemon/ssh/capabilities.h"

namespace sallyport::ssh {
namespace {

using Names = std::vector<std::string>;

Names names_of(const std::string& list) {
    Names out;
    std::istringstream in(list);
    for (std::string name; std::getline(in, name, ',');) out.push_back(name);
    return out;
}

Names all_of(const Algorithms& use) {
    Names out;
    for (const char* list : {use.key_exchange, use.ciphers, use.macs, use.signatures})
        for (std::string& name : names_of(list)) out.push_back(std::move(name));
    return out;
}

bool has(const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(Algorithms, PreferTheHybridsInTheirOrder) {
    const Names all = {"mlkem768x25519-sha256", "sntrup761x25519-sha512",
                       "sntrup761x25519-sha512@openssh.com", "curve25519-sha256",
                       "curve25519-sha256@libssh.org"};
    const Names use(capabilities().post_quantum ? all : Names(all.begin() + 3, all.end()));
    EXPECT_EQ(names_of(operator_side().key_exchange), use);
    Names target = use;
    target.emplace_back("ecdh-sha2-nistp256");
    EXPECT_EQ(names_of(target_side().key_exchange), target);
}

TEST(Algorithms, HoldNothingOld) {
    for (const Algorithms& use : {operator_side(), target_side()})
        for (const std::string& name : all_of(use)) {
            for (const char* old : {"sha1", "-cbc", "md5", "3des", "arcfour", "diffie-hellman", "group",
                                    "none", "dss", "umac-64", "cert"})
                EXPECT_EQ(name.find(old), std::string::npos) << name;
            EXPECT_NE(name, "ssh-rsa");
        }
}

TEST(Algorithms, HoldWhatStockClientsAndServersSpeak) {
    for (const Algorithms& use : {operator_side(), target_side()})
        for (const char* name :
             {"curve25519-sha256", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr",
              "hmac-sha2-256-etm@openssh.com", "ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256",
              "ecdsa-sha2-nistp256"})
            EXPECT_TRUE(has(all_of(use), name)) << name;
}

TEST(Algorithms, AuthenticateEachPacketByTheCipherOrBeforeItIsDecrypted) {
    for (const std::string& name : names_of(operator_side().macs))
        EXPECT_TRUE(name.ends_with("-etm@openssh.com")) << name;
}

TEST(Algorithms, TakePlainMacsWhereTheyAreAskedForAndAfterAllOthers) {
    const Names macs = names_of(operator_side(Macs::plain_too).macs);
    const Names last = {"hmac-sha2-256", "hmac-sha2-512"};
    EXPECT_EQ(Names(macs.end() - 2, macs.end()), last);
    EXPECT_EQ(Names(macs.begin(), macs.end() - 2), names_of(operator_side().macs));
    EXPECT_EQ(operator_side(Macs::plain_too).ciphers, operator_side().ciphers);
}

TEST(Algorithms, TakeSecurityKeysFromOperatorsOnlyWhereTheTouchShows) {
    const Names operators = names_of(operator_side().signatures);
    for (const char* name : {"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"}) {
        EXPECT_EQ(has(operators, name), capabilities().sk_touch) << name;
        EXPECT_FALSE(has(names_of(target_side().signatures), name)) << name;
    }
}

}  // namespace
}  // namespace sallyport::ssh
