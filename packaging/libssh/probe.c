/* SPDX-License-Identifier: Apache-2.0 */
#include <libssh/libssh.h>
#include <stdio.h>

int main(void) {
    ssh_session session;
    if (ssh_init() != SSH_OK) return 1;
    session = ssh_new();
    if (session == NULL) return 1;
    ssh_free(session);
    ssh_finalize();
    return puts(ssh_version(LIBSSH_VERSION_INT)) < 0;
}
