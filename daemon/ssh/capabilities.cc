// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/capabilities.h"

#include <libssh/libssh.h>

#include "common/error.h"

namespace sallyport::ssh {
namespace {

Capabilities read_capabilities() {
    const char* same = ssh_version(LIBSSH_VERSION_INT);
    if (same == nullptr)
        throw Error(Code::config, std::string("this program was built for libssh ") +
                                      SSH_STRINGIFY(LIBSSH_VERSION) + " or newer, but the loader found " +
                                      ssh_version(0) + "; install the libssh that came with it");
    Capabilities found;
    found.version = ssh_version(0);
#if SALLYPORT_LIBSSH_PRIVATE
    found.post_quantum = true;
    found.sk_touch = true;
    found.refused_keys = true;
    found.quiet_channels = true;
    found.borrows_sockets = true;
    found.refusal_words = true;
    found.raw_requests = true;
#endif
    found.exact_windows = ssh_version(SSH_VERSION_INT(0, 11, 0)) != nullptr;
    return found;
}

}  // namespace

std::vector<std::string> Capabilities::missing() const {
    std::vector<std::string> out;
    if (!post_quantum)
        out.emplace_back("post-quantum key exchange is off: OpenSSH 10.1 and later warn at every connection");
    if (!sk_touch)
        out.emplace_back(
            "security keys (sk-*) are refused: this libssh does not show whether they were touched");
    if (!refused_keys)
        out.emplace_back(
            "a client whose first request is a key of an unknown type waits until the login grace ends");
    if (!refusal_words) out.emplace_back("a forward that is refused does not say why");
    if (!raw_requests)
        out.emplace_back(
            "terminal modes, breaks and eow@openssh.com are not passed on, and forwards to sockets are "
            "refused "
            "unseen");
    return out;
}

const Capabilities& capabilities() {
    static const Capabilities found = read_capabilities();
    return found;
}

}  // namespace sallyport::ssh
