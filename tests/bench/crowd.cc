// SPDX-License-Identifier: Apache-2.0
// Clients and targets that cost next to nothing, so that one machine can hold thousands of idle sessions:
//   crowd target HOST_KEY KEX                      prints its port; every login is right, every command waits
//   crowd clients PORT USER KEY KEX COUNT          prints "ready" when that many sessions run a command
// Both end when their standard input does.
#include <arpa/inet.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int at_once = 8;  // handshakes
constexpr const char* cipher = "aes256-gcm@openssh.com";

void require(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error(what);
}

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

void work(int threads, const std::function<void()>& job) {
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) all.emplace_back(job);
    for (std::thread& one : all) one.join();
}

void wait_for_end_of_input() {
    for (std::string line; std::getline(std::cin, line);) {
    }
}

/// One login and one command that is said to run; nobody looks at the session again.
void welcome(ssh_bind bind, int fd) {
    ssh_session session = ssh_new();
    require(ssh_bind_accept_fd(bind, session, fd) == SSH_OK, "accept");
    ssh_set_auth_methods(session, SSH_AUTH_METHOD_PUBLICKEY);
    if (ssh_handle_key_exchange(session) != SSH_OK) return;
    while (ssh_message message = ssh_message_get(session)) {
        const int type = ssh_message_type(message);
        const bool runs =
            type == SSH_REQUEST_CHANNEL && ssh_message_subtype(message) == SSH_CHANNEL_REQUEST_EXEC;
        if (type == SSH_REQUEST_AUTH && ssh_message_subtype(message) == SSH_AUTH_METHOD_PUBLICKEY) {
            if (ssh_message_auth_publickey_state(message) == SSH_PUBLICKEY_STATE_VALID)
                ssh_message_auth_reply_success(message, 0);
            else
                ssh_message_auth_reply_pk_ok_simple(message);
        } else if (type == SSH_REQUEST_CHANNEL_OPEN) {
            ssh_message_channel_request_open_reply_accept(message);
        } else if (runs) {
            ssh_message_channel_request_reply_success(message);
        } else {
            ssh_message_reply_default(message);
        }
        ssh_message_free(message);
        if (runs) return;
    }
}

ssh_bind make_bind(const char* host_key, const char* exchange) {
    ssh_bind bind = ssh_bind_new();
    const bool no = false;
    require(ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
                ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY, host_key) == 0 &&
                ssh_bind_options_set(bind, SSH_BIND_OPTIONS_KEY_EXCHANGE, exchange) == 0 &&
                ssh_bind_options_set(bind, SSH_BIND_OPTIONS_CIPHERS_C_S, cipher) == 0 &&
                ssh_bind_options_set(bind, SSH_BIND_OPTIONS_CIPHERS_S_C, cipher) == 0,
            ssh_get_error(bind));
    return bind;
}

void be_target(const char* host_key, const char* exchange) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    require(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                ::listen(listener, SOMAXCONN) == 0 &&
                ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0,
            "listen");
    std::cout << ntohs(address.sin_port) << std::endl;
    for (int i = 0; i < at_once; ++i)
        std::thread([=] {
            ssh_bind bind = make_bind(host_key, exchange);
            for (int fd = 0; (fd = ::accept(listener, nullptr, nullptr)) >= 0;) welcome(bind, fd);
        }).detach();
    wait_for_end_of_input();
}

void enter(int port, const char* user, ssh_key key, const char* exchange) {
    ssh_session session = ssh_new();
    const sockaddr_in address = loopback(port);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    require(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
    const bool no = false;
    const long patience = 60;
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(session, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(session, SSH_OPTIONS_USER, user);
    ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &patience);
    ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    ssh_options_set(session, SSH_OPTIONS_KEY_EXCHANGE, exchange);
    ssh_options_set(session, SSH_OPTIONS_CIPHERS_C_S, cipher);
    ssh_options_set(session, SSH_OPTIONS_CIPHERS_S_C, cipher);
    ssh_options_set(session, SSH_OPTIONS_FD, &fd);
    require(ssh_connect(session) == SSH_OK, ssh_get_error(session));
    require(ssh_userauth_publickey(session, nullptr, key) == SSH_AUTH_SUCCESS, ssh_get_error(session));
    ssh_channel channel = ssh_channel_new(session);
    require(
        ssh_channel_open_session(channel) == SSH_OK && ssh_channel_request_exec(channel, "wait") == SSH_OK,
        ssh_get_error(session));
}

void be_clients(int port, const char* user, const char* key_file, const char* exchange, int count) {
    ssh_key key = nullptr;
    require(ssh_pki_import_privkey_file(key_file, nullptr, nullptr, nullptr, &key) == SSH_OK, "read the key");
    std::atomic<int> left{count};
    work(at_once, [&] {
        while (left.fetch_sub(1) > 0) enter(port, user, key, exchange);
    });
    std::cout << "ready" << std::endl;
    wait_for_end_of_input();
}

}  // namespace

int main(int count, char** words) try {
    const std::string role = count > 1 ? words[1] : "";
    require((role == "target" && count == 4) || (role == "clients" && count == 7), "usage: see the source");
    if (role == "target")
        be_target(words[2], words[3]);
    else
        be_clients(std::atoi(words[2]), words[3], words[4], words[5], std::atoi(words[6]));
    std::cout.flush();
    _exit(0);  // the sessions end with the process, without a farewell from each
} catch (const std::exception& error) {
    std::cerr << "crowd: " << error.what() << "\n";
    _exit(1);
}
