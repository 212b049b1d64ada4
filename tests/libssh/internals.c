/* SPDX-License-Identifier: Apache-2.0 */
#include "internals.h"

#include "config.h"
#include "libssh/auth.h"
#include "libssh/buffer.h"
#include "libssh/channels.h"
#include "libssh/crypto.h"
#include "libssh/packet.h"
#include "libssh/priv.h"
#include "libssh/session.h"
#include "libssh/ssh2.h"

int send_auth_request(ssh_session session, const void *bytes, size_t size) {
    session->auth.current_method = SSH_AUTH_METHOD_PUBLICKEY;
    session->auth.state = SSH_AUTH_STATE_PUBKEY_AUTH_SENT;
    if (ssh_buffer_add_u8(session->out_buffer, SSH2_MSG_USERAUTH_REQUEST) < 0) return SSH_ERROR;
    if (ssh_buffer_add_data(session->out_buffer, bytes, (uint32_t)size) < 0) return SSH_ERROR;
    return ssh_packet_send(session);
}

int auth_was_answered(ssh_session session) {
    return session->auth.state != SSH_AUTH_STATE_PUBKEY_AUTH_SENT;
}

int auth_was_refused(ssh_session session) { return session->auth.state == SSH_AUTH_STATE_FAILED; }

int auth_was_granted(ssh_session session) { return session->auth.state == SSH_AUTH_STATE_SUCCESS; }

const unsigned char *session_id(ssh_session session, size_t *size) {
    *size = session->current_crypto->session_id_len;
    return session->current_crypto->session_id;
}

/* The library keeps this to itself. */
struct ssh_buffer_struct {
    bool secure;
    uint32_t used;
    uint32_t allocated;
    uint32_t pos;
    uint8_t *data;
};

size_t channel_storage(ssh_channel channel) {
    return channel->stdout_buffer == NULL ? 0 : channel->stdout_buffer->allocated;
}

static int remembers(const struct ssh_crypto_struct *crypto) {
    for (int i = 0; i < SSH_KEX_METHODS; ++i)
        if (crypto->client_kex.methods[i] != NULL || crypto->server_kex.methods[i] != NULL) return 1;
    return crypto->shared_secret != NULL || crypto->curve25519_privkey != NULL || crypto->mlkem_privkey != NULL ||
           crypto->sntrup761_privkey != NULL || crypto->sntrup761_client_pubkey != NULL ||
           crypto->sntrup761_ciphertext != NULL || crypto->hybrid_shared_secret != NULL;
}

int remembers_exchange(ssh_session session) {
    return remembers(session->current_crypto) || remembers(session->next_crypto);
}
