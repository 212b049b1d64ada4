// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/offer.h"

#include "common/base64.h"
#include "daemon/ssh/capabilities.h"
#include "daemon/ssh/host_keys.h"

namespace sallyport::ssh {
namespace {

bool is_certificate(ssh_keytypes_e type) {
    return type >= SSH_KEYTYPE_DSS_CERT01 && type <= SSH_KEYTYPE_SK_ED25519_CERT01 &&
           type != SSH_KEYTYPE_SK_ECDSA && type != SSH_KEYTYPE_SK_ED25519;
}

bool is_touched([[maybe_unused]] ssh_message message) {
#if SALLYPORT_LIBSSH_PRIVATE
    constexpr std::uint8_t user_present = 0x01;  // U2F: bit 0 of the flags
    std::uint8_t flags = 0;
    std::uint32_t counter = 0;
    return ssh_message_auth_sk_flags(message, &flags, &counter) == 0 && (flags & user_present) != 0;
#else
    return false;
#endif
}

void read_key(Offer& offer, ssh_message message) {
    ssh_key key = ssh_message_auth_pubkey(message);
    if (key == nullptr) return;
    const auto type = ssh_key_type(key);
    offer.is_certificate = is_certificate(type);
    offer.is_security_key = type == SSH_KEYTYPE_SK_ED25519 || type == SSH_KEYTYPE_SK_ECDSA;
    if (offer.is_security_key && !capabilities().sk_touch) {
        offer.state = Offer::State::is_refused;  // before anybody touches it in vain
        return;
    }
    if (offer.is_security_key) offer.is_touched = is_touched(message);
    const HostKeyFacts facts = facts_of(key);
    offer.blob = from_base64(facts.base64).value_or("");
    offer.fingerprint = facts.fingerprint;
}

}  // namespace

Offer read_offer(ssh_message message) {
    Offer offer;
    const char* name = ssh_message_auth_user(message);
    offer.name = name != nullptr ? name : "";
    offer.is_public_key = ssh_message_subtype(message) == SSH_AUTH_METHOD_PUBLICKEY;
    offer.is_none = ssh_message_subtype(message) == SSH_AUTH_METHOD_NONE;
    if (!offer.is_public_key) return offer;
    switch (ssh_message_auth_publickey_state(message)) {
        case SSH_PUBLICKEY_STATE_VALID:
            offer.state = Offer::State::is_signed;
            break;
        case SSH_PUBLICKEY_STATE_NONE:
            offer.state = Offer::State::asked;
            break;
        default:
            offer.state = Offer::State::is_refused;
    }
    read_key(offer, message);
    return offer;
}

}  // namespace sallyport::ssh
