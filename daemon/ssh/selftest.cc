// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/selftest.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "common/error.h"
#include "daemon/ssh/capabilities.h"
#include "daemon/ssh/handles.h"

namespace sallyport::ssh {
namespace {

constexpr const char* cipher = "aes256-gcm@openssh.com";
constexpr const char* exchange = "curve25519-sha256";
constexpr int max_steps = 10'000;

/// Both ends of a socket pair: one for a session, one for the man in the middle.
struct Line {
    std::array<int, 2> fds{-1, -1};

    Line() {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0)
            throw Error(Code::io, "self-test: " + os_error(errno));
    }
    ~Line() {
        for (const int fd : fds)
            if (fd >= 0) ::close(fd);
    }
    [[nodiscard]] int middle() const { return fds[1]; }
    /// The session's end; an older libssh closes it.
    [[nodiscard]] int lend() { return capabilities().borrows_sockets ? fds[0] : std::exchange(fds[0], -1); }
};

std::string receive(int fd) {
    std::string out(64 * 1024, '\0');
    const ssize_t count = ::recv(fd, out.data(), out.size(), MSG_DONTWAIT);
    out.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return out;
}

void pass(const std::string& bytes, int fd) {
    if (bytes.empty()) return;
    if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
        throw Error(Code::io, "self-test: " + os_error(errno));
}

class Pair {
 public:
    Pair() : server_(ssh_new()), client_(ssh_new()) {
        make_server();
        make_client();
    }

    /// Runs both key exchanges to their end through the untouched middle.
    void exchange_keys() {
        int client_rc = SSH_AGAIN;
        int server_rc = SSH_AGAIN;
        for (int i = 0; i < max_steps && (client_rc == SSH_AGAIN || server_rc == SSH_AGAIN); ++i) {
            if (client_rc == SSH_AGAIN) client_rc = ssh_connect(client_.get());
            if (server_rc == SSH_AGAIN) server_rc = ssh_handle_key_exchange(server_.get());
            pass(receive(to_client_.middle()), to_server_.middle());
            pass(receive(to_server_.middle()), to_client_.middle());
        }
        if (client_rc != SSH_OK || server_rc != SSH_OK)
            throw Error(Code::internal,
                        std::string("self-test: key exchange: ") + ssh_get_error(client_.get()));
    }

    /// Sends one packet to the server with a bit of it flipped; true if the server took it for good.
    bool takes_a_flipped_bit() {
        for (int i = 0; i < max_steps; ++i) {
            (void)ssh_userauth_none(client_.get(), "self-test");
            std::string packet = receive(to_client_.middle());
            if (packet.empty()) continue;
            packet[packet.size() / 2] = static_cast<char>(packet[packet.size() / 2] ^ 1);
            pass(packet, to_server_.middle());
            poll_server();
            const MessagePtr message(ssh_message_get(server_.get()));
            return message != nullptr || (ssh_get_status(server_.get()) & SSH_CLOSED_ERROR) == 0;
        }
        throw Error(Code::internal, "self-test: the client sends nothing");
    }

 private:
    void make_server() {
        const bool no = false;
        ssh_key key = nullptr;
        if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK)
            throw Error(Code::internal, "self-test: no host key");
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_IMPORT_KEY, key);
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_KEY_EXCHANGE, exchange);
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_CIPHERS_C_S, cipher);
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_CIPHERS_S_C, cipher);
        if (ssh_bind_accept_fd(bind_.get(), server_.get(), to_server_.lend()) != SSH_OK)
            throw Error(Code::internal, "self-test: no server");
        ssh_set_blocking(server_.get(), 0);
    }

    void poll_server() {
        const EventPtr event(ssh_event_new());
        ssh_event_add_session(event.get(), server_.get());
        (void)ssh_event_dopoll(event.get(), 0);  // fails where the flipped bit was seen
        ssh_event_remove_session(event.get(), server_.get());
    }

    void make_client() {
        const bool no = false;
        const socket_t fd = to_client_.lend();
        ssh_options_set(client_.get(), SSH_OPTIONS_PROCESS_CONFIG, &no);
        ssh_options_set(client_.get(), SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
        ssh_options_set(client_.get(), SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
        ssh_options_set(client_.get(), SSH_OPTIONS_HOST, "self-test");
        ssh_options_set(client_.get(), SSH_OPTIONS_USER, "self-test");
        ssh_options_set(client_.get(), SSH_OPTIONS_KEY_EXCHANGE, exchange);
        ssh_options_set(client_.get(), SSH_OPTIONS_CIPHERS_C_S, cipher);
        ssh_options_set(client_.get(), SSH_OPTIONS_CIPHERS_S_C, cipher);
        ssh_options_set(client_.get(), SSH_OPTIONS_FD, &fd);
        ssh_set_blocking(client_.get(), 0);
    }

    Line to_server_;
    Line to_client_;
    BindPtr bind_{ssh_bind_new()};
    SessionPtr server_;
    SessionPtr client_;

 public:
    /// An older libssh leaves a client's own descriptor open or closes it, by version; both are seen to.
    ~Pair() {
        const int before = ssh_get_fd(client_.get());
        client_.reset();
        if (!capabilities().borrows_sockets && before >= 0 && fcntl(before, F_GETFD) >= 0) ::close(before);
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
};

}  // namespace

void check_that_tags_are_enforced() {
    Pair pair;
    pair.exchange_keys();
    if (pair.takes_a_flipped_bit())
        throw Error(Code::config,
                    "the linked libssh " + std::string(ssh_version(0)) +
                        " accepts forged AES-GCM packets (CVE-2026-59847); install libssh-4 "
                        "0.10.6-0+deb12u3 or newer, or build our own with packaging/libssh/build.sh");
}

}  // namespace sallyport::ssh
