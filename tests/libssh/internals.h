/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests must reach inside libssh, since no public call sends a wrong request. */
#pragma once

#include <libssh/libssh.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sends USERAUTH_REQUEST with these bytes after its type, as they are. */
int send_auth_request(ssh_session session, const void* bytes, size_t size);
/* Whether the client was answered FAILURE, PK_OK or SUCCESS since then. */
int auth_was_answered(ssh_session session);
int auth_was_refused(ssh_session session);
int auth_was_granted(ssh_session session);
/* Whether anything of the last key exchange is still there that only an exchange needs. */
int remembers_exchange(ssh_session session);
/* Bytes of storage that a channel keeps for its peer's output. */
size_t channel_storage(ssh_channel channel);
/* The session id, of `*size` bytes; lives as long as the session. */
const unsigned char* session_id(ssh_session session, size_t* size);

#ifdef __cplusplus
}
#endif
