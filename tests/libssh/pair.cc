// SPDX-License-Identifier: Apache-2.0
#include "pair.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

namespace sallyport::libssh_test {
namespace {

void require(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(what);
}

void set_algorithms(ssh_session session, const Pair::Options& options) {
    require(ssh_options_set(session, SSH_OPTIONS_KEY_EXCHANGE, options.kex.c_str()) == 0, "kex");
    for (const auto way : {SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C})
        require(ssh_options_set(session, way, options.cipher.c_str()) == 0, "cipher");
}

}  // namespace

Pair::Pair(const Options& options) {
    int fds[2];
    require(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
    client_fd = fds[0];
    server_fd = fds[1];
    fcntl(client_fd, F_SETFL, O_NONBLOCK);
    event_ = ssh_event_new();
    make_server(options, fds[1]);
    make_client(options);
}

Pair::~Pair() {
    free_client();
    free_server();
    ssh_event_free(event_);
    ssh_bind_free(bind_);
    for (const int fd : {client_fd, server_fd})
        if (fcntl(fd, F_GETFD) != -1) close(fd);
}

void Pair::make_server(const Options& options, int fd) {
    bind_ = ssh_bind_new();
    const bool no = false;
    ssh_bind_options_set(bind_, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
    ssh_key key = nullptr;
    require(ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) == SSH_OK, "generate");
    require(ssh_bind_options_set(bind_, SSH_BIND_OPTIONS_IMPORT_KEY, key) == 0, "host key");
    server = ssh_new();
    require(ssh_bind_accept_fd(bind_, server, fd) == SSH_OK, "accept");
    set_algorithms(server, options);
    ssh_set_auth_methods(server, SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_PUBLICKEY);
    ssh_set_blocking(server, 0);
}

void Pair::make_client(const Options& options) {
    client = ssh_new();
    const bool no = false;
    ssh_options_set(client, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(client, SSH_OPTIONS_HOST, "test");
    ssh_options_set(client, SSH_OPTIONS_USER, "alice");
    ssh_options_set(client, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    ssh_options_set(client, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    ssh_options_set(client, SSH_OPTIONS_FD, &client_fd);
    set_algorithms(client, options);
    ssh_set_blocking(client, 0);
}

void Pair::free_server() {
    if (server == nullptr) return;
    ssh_event_remove_session(event_, server);
    ssh_disconnect(server);
    ssh_free(server);
    server = nullptr;
}

void Pair::free_client() {
    if (client == nullptr) return;
    ssh_event_remove_session(event_, client);
    ssh_free(client);
    client = nullptr;
}

bool Pair::until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        ssh_event_dopoll(event_, 10);
    }
    return true;
}

void Pair::settle() {
    while (ssh_event_dopoll(event_, 20) == SSH_OK) {
    }
}

bool Pair::connect() {
    int accepted = ssh_handle_key_exchange(server);
    int connected = ssh_connect(client);
    require(ssh_event_add_session(event_, server) == SSH_OK, "add server");
    require(ssh_event_add_session(event_, client) == SSH_OK, "add client");
    const bool ended = until([&] {
        if (accepted == SSH_AGAIN) accepted = ssh_handle_key_exchange(server);
        if (connected == SSH_AGAIN) connected = ssh_connect(client);
        return accepted != SSH_AGAIN && connected != SSH_AGAIN;
    });
    return ended && accepted == SSH_OK && connected == SSH_OK;
}

bool Pair::answer_messages() {
    while (ssh_message message = ssh_message_get(server)) {
        const int type = ssh_message_type(message);
        if (type == SSH_REQUEST_AUTH && ssh_message_subtype(message) == SSH_AUTH_METHOD_PASSWORD)
            ssh_message_auth_reply_success(message, 0);
        else if (type == SSH_REQUEST_CHANNEL_OPEN)
            server_channel = ssh_message_channel_request_open_reply_accept(message);
        else
            ssh_message_reply_default(message);
        ssh_message_free(message);
    }
    return server_channel != nullptr;
}

bool Pair::open_channel() {
    if (!connect()) return false;
    int auth = SSH_AUTH_AGAIN;
    if (!until([&] {
            answer_messages();
            auth = ssh_userauth_password(client, nullptr, "secret");
            return auth != SSH_AUTH_AGAIN;
        }) ||
        auth != SSH_AUTH_SUCCESS)
        return false;
    client_channel = ssh_channel_new(client);
    int opened = SSH_AGAIN;
    return until([&] {
               answer_messages();
               opened = ssh_channel_open_session(client_channel);
               return opened != SSH_AGAIN;
           }) &&
           opened == SSH_OK && server_channel != nullptr;
}

}  // namespace sallyport::libssh_test
