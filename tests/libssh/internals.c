/* SPDX-License-Identifier: Apache-2.0 */
#include "internals.h"

#include "config.h"
#include "libssh/auth.h"
#include "libssh/buffer.h"
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
