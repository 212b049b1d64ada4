// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/algorithms.h"

#include "daemon/ssh/capabilities.h"

namespace sallyport::ssh {
namespace {

constexpr const char* classic = "curve25519-sha256,curve25519-sha256@libssh.org";
constexpr const char* hybrid =
    "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,"
    "curve25519-sha256,curve25519-sha256@libssh.org";
// A target that knows nothing newer than the NIST curve is still reached.
constexpr const char* classic_target = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256";
constexpr const char* hybrid_target =
    "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,"
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256";
constexpr const char* ciphers =
    "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-ctr";
constexpr const char* etm_macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com";
constexpr const char* all_macs =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
constexpr const char* plain_signatures =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
constexpr const char* all_signatures =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
    "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256";

}  // namespace

Algorithms operator_side(Macs macs) {
    const Capabilities& can = capabilities();
    return {can.post_quantum ? hybrid : classic, ciphers, macs == Macs::etm ? etm_macs : all_macs,
            can.sk_touch ? all_signatures : plain_signatures};
}

Algorithms target_side() {
    return {capabilities().post_quantum ? hybrid_target : classic_target, ciphers, etm_macs,
            plain_signatures};
}

}  // namespace sallyport::ssh
