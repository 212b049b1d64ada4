// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <functional>
#include <string>

namespace sallyport::libssh_test {

/// A libssh server and a libssh client over one socket pair, both non-blocking, in one ssh_event: as in the
/// daemon. Both descriptors belong to the test; the client's is non-blocking, the server's is not.
class Pair {
 public:
    struct Options {
        std::string kex = "curve25519-sha256";
        std::string cipher = "aes256-gcm@openssh.com";
    };

    Pair() : Pair(Options{}) {}
    explicit Pair(const Options& options);
    ~Pair();
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    /// Turns the event until `done` holds; false after ten seconds.
    bool until(const std::function<bool()>& done);
    /// Turns the event until it has nothing to do.
    void settle();
    /// Key exchange on both sides, no authentication.
    bool connect();
    /// Logs in by password and opens one session channel.
    bool open_channel();

    void free_client();
    void free_server();

    ssh_session server = nullptr;
    ssh_session client = nullptr;
    ssh_channel server_channel = nullptr;
    ssh_channel client_channel = nullptr;
    int client_fd = -1;
    int server_fd = -1;

 private:
    void make_server(const Options& options, int fd);
    void make_client(const Options& options);
    bool answer_messages();

    ssh_event event_ = nullptr;
    ssh_bind bind_ = nullptr;
};

}  // namespace sallyport::libssh_test
