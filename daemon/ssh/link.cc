// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/link.h"

#include "common/error.h"
#include "common/escape.h"
#include "daemon/ssh/algorithms.h"
#include "daemon/ssh/backoff.h"
#include "daemon/ssh/connect.h"

namespace sallyport::ssh {
namespace {

void set(const Leg& leg, ssh_options_e option, const void* value, const char* what) {
    check(ssh_options_set(leg.session(), option, value), leg, Code::internal, what);
}

// Known types first; others after them, so that a changed type is seen as a changed key and not as a failed
// exchange.
std::string host_key_order(const std::vector<std::string>& known_types) {
    std::string out;
    const auto add = [&out](const std::string& name) {
        if (("," + out + ",").find("," + name + ",") == std::string::npos)
            out += (out.empty() ? "" : ",") + name;
    };
    for (const std::string& type : known_types) {
        if (type == "ssh-rsa") {
            add("rsa-sha2-512");
            add("rsa-sha2-256");
        } else if (type.starts_with("ssh-ed25519") || type.starts_with("ecdsa-sha2-")) {
            add(type);
        }
    }
    for (const char* name : {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                             "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"})
        add(name);
    return out;
}

// What sshd says in place of its version is a line such as "Exceeded MaxStartups".
constexpr std::uint64_t longest_goodbye = 256;

std::string turned_away(int tries) {
    return "key exchange: the target hung up " + std::to_string(tries) +
           " times before it said its version: it takes no more logins at once (its sshd's MaxStartups), or "
           "bars "
           "the bastion; try again later, or ask whoever keeps it";
}

#if SALLYPORT_LIBSSH_PRIVATE
constexpr std::size_t max_words = 512;  // of a target that refuses a channel

std::string name_of(std::uint32_t reason) {
    switch (reason) {
        case 1:
            return "administratively prohibited";
        case 2:
            return "connect failed";
        case 3:
            return "unknown channel type";
        case 4:
            return "resource shortage";
        default:
            return "reason " + std::to_string(reason);
    }
}

/// Throws what the target said if it has refused the channel.
void check_refusal(ssh_channel channel, std::uint32_t& reason) {
    std::uint32_t code = 0;
    const char* words = ssh_channel_get_open_failure(channel, &code);
    if (words == nullptr) return;
    reason = code;
    throw Error(Code::unreachable, name_of(code) + ": " + escaped(cut_utf8(words, max_words)));
}
#else
void check_refusal(ssh_channel, std::uint32_t&) {}  // libssh's last error has it, if no other came after
#endif

}  // namespace

Link::Link(std::shared_ptr<Wire> wire, int fd, const std::vector<std::string>& known_types)
    : Leg(std::move(wire), fd) {
    const bool no = false;
    const int rsa_bits = 2048;
    const socket_t socket = fd;
    const Algorithms use = target_side();
    set(*this, SSH_OPTIONS_PROCESS_CONFIG, &no, "process config");
    set(*this, SSH_OPTIONS_KNOWNHOSTS, "/dev/null", "known hosts");
    set(*this, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null", "global known hosts");
    set(*this, SSH_OPTIONS_HOST, "target", "host");    // never looked up: the socket is connected already
    set(*this, SSH_OPTIONS_USER, "operator", "user");  // the login is named with the authentication itself
    set(*this, SSH_OPTIONS_FD, &socket, "socket");
    set(*this, SSH_OPTIONS_KEY_EXCHANGE, use.key_exchange, "key exchange");
    set(*this, SSH_OPTIONS_CIPHERS_C_S, use.ciphers, "ciphers");
    set(*this, SSH_OPTIONS_CIPHERS_S_C, use.ciphers, "ciphers");
    set(*this, SSH_OPTIONS_HMAC_C_S, use.macs, "macs");
    set(*this, SSH_OPTIONS_HMAC_S_C, use.macs, "macs");
    set(*this, SSH_OPTIONS_COMPRESSION, "none", "compression");
    set(*this, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, use.signatures, "public key algorithms");
    set(*this, SSH_OPTIONS_RSA_MIN_SIZE, &rsa_bits, "smallest RSA key");
    set(*this, SSH_OPTIONS_HOSTKEYS, host_key_order(known_types).c_str(), "host key algorithms");
}

Link::~Link() = default;

void Link::step() {
    while (const MessagePtr message = next_message()) take(message.get());
}

// Whatever else the target asks of us, it asked unbidden: channels towards the operator are refused.
void Link::take(ssh_message message) {
    if (ssh_message_type(message) != SSH_REQUEST_CHANNEL) {
        ssh_message_reply_default(message);
        return;
    }
    Channel* channel = find_channel(ssh_message_channel_request_channel(message));
    // A message about a channel that has gone holds a dead pointer: it is dropped, never answered.
    if (channel == nullptr) return;
    if (is_end_of_write(message))
        channel->mark_eow();
    else
        ssh_message_reply_default(message);
}

bool Link::has_said_version() const {
    return ssh_get_serverbanner(session()) != nullptr;
}

std::string Link::version() const {
    const char* line = ssh_get_serverbanner(session());
    return line != nullptr ? line : "";
}

boost::asio::awaitable<int> Link::repeat(std::function<int()> call, int again, Patience patience,
                                         std::string what) {
    int rc = again;
    const auto is_done = [&] {
        if (!is_alive() || (patience.is_lost && patience.is_lost())) return true;
        rc = alone(call);
        enter_event();
        return rc != again;
    };
    if (!co_await wire().until(is_done, patience.deadline))
        throw Error(Code::unreachable, what + ": the target does not answer");
    if (rc == again) throw Error(Code::unreachable, what + ": " + (is_alive() ? "given up" : last_error()));
    co_return rc;
}

boost::asio::awaitable<std::unique_ptr<Link>> Link::connect(std::shared_ptr<Wire> wire, runtime::Pool& pool,
                                                            const Grant& grant,
                                                            std::vector<std::string> known_types,
                                                            SteadyTime deadline) {
    Backoff pause(wire->executor());
    for (int tries = 1;; ++tries) {
        const int fd = co_await connect_tcp(wire->executor(), pool, grant.target().ansible_host,
                                            grant.target().port, deadline);
        auto link = std::make_unique<Link>(wire, fd, known_types);
        if (!co_await link->turns_us_away(deadline)) co_return link;
        link.reset();
        if (!co_await pause.wait(deadline)) throw Error(Code::unreachable, turned_away(tries));
    }
}

boost::asio::awaitable<bool> Link::turns_us_away(SteadyTime deadline) {
    try {
        co_await exchange_keys(deadline);
    } catch (const Error&) {
        const bool is_late = std::chrono::steady_clock::now() >= deadline;
        if (is_late || has_said_version() || socket_.in_bytes > longest_goodbye) throw;
        co_return true;
    }
    co_return false;
}

boost::asio::awaitable<void> Link::exchange_keys(SteadyTime deadline) {
    std::function<int()> exchange = [this] {
        const int rc = ssh_connect(session());
        stay_non_blocking();
        return rc;
    };
    const int rc = co_await repeat(std::move(exchange), SSH_AGAIN, {deadline, nullptr}, "key exchange");
    check(rc, *this, Code::unreachable, "key exchange");
}

HostKeyFacts Link::host_key() const {
    ssh_key raw = nullptr;
    check(ssh_get_server_publickey(session(), &raw), *this, Code::host_key, "read the host key");
    const KeyPtr key(raw);
    return facts_of(key.get());
}

boost::asio::awaitable<void> Link::login(const Grant& grant, const Secret& pem, SteadyTime deadline) {
    ssh_key raw = nullptr;
    if (ssh_pki_import_privkey_base64(pem.reveal().c_str(), nullptr, nullptr, nullptr, &raw) != SSH_OK)
        throw Error(Code::target_auth, "the workspace's key is not a private key without passphrase");
    const KeyPtr key(raw);
    const std::string name = grant.login();
    // The first request brings the server's list of signature algorithms, without which RSA falls to SHA-1.
    if (ssh_key_type(key.get()) == SSH_KEYTYPE_RSA)
        co_await repeat([&] { return ssh_userauth_none(session(), name.c_str()); }, SSH_AUTH_AGAIN,
                        {deadline, nullptr}, "login");
    const int rc = co_await repeat([&] { return ssh_userauth_publickey(session(), name.c_str(), key.get()); },
                                   SSH_AUTH_AGAIN, {deadline, nullptr}, "login");
    if (rc == SSH_AUTH_ERROR) throw Error(Code::unreachable, "login: " + last_error());
    if (rc == SSH_AUTH_PARTIAL)
        throw Error(Code::target_auth,
                    "the target asks for more than the workspace's key for the login " + escaped(name));
    if (rc != SSH_AUTH_SUCCESS)
        throw Error(Code::target_auth,
                    "the target refuses the login " + escaped(name) + " with the workspace's key");
}

boost::asio::awaitable<std::unique_ptr<Channel>> Link::open(std::function<int(ssh_channel)> call,
                                                            std::uint32_t& reason, Patience patience) {
    ssh_channel raw = ssh_channel_new(session());
    if (raw == nullptr) throw Error(Code::unreachable, "open a channel: " + last_error());
    auto channel =
        std::make_unique<Channel>(*this, raw);  // its callbacks stand before the first data can come
    std::function<int()> again = [raw, call = std::move(call)] { return call(raw); };
    const int rc = co_await repeat(std::move(again), SSH_AGAIN, std::move(patience), "open a channel");
    if (rc != SSH_OK) check_refusal(raw, reason);
    check(rc, *this, Code::unreachable, "open a channel");
    co_return channel;
}

boost::asio::awaitable<std::unique_ptr<Channel>> Link::open_session(Patience patience) {
    std::function<int(ssh_channel)> call = ssh_channel_open_session;
    std::uint32_t reason = 0;
    auto opening = open(std::move(call), reason, std::move(patience));
    co_return co_await std::move(opening);
}

boost::asio::awaitable<std::unique_ptr<Channel>> Link::open_forward(ForwardOpen& forward, Patience patience) {
    std::function<int(ssh_channel)> call = [&forward](ssh_channel raw) { return send_forward(raw, forward); };
    auto opening = open(std::move(call), forward.reason, std::move(patience));
    co_return co_await std::move(opening);
}

boost::asio::awaitable<bool> Link::request(Channel& channel, const Request& request, Patience patience) {
    bool is_sent = false;
    // A hasty target's answer comes together with all that the command said and the close: the answer counts.
    std::function<int()> ask = [&] {
        if (channel.raw() == nullptr || (!is_sent && channel.got_close())) return SSH_ERROR;
        is_sent = true;
        const int rc = send_request(channel.raw(), request);
        return rc == SSH_AGAIN && channel.got_close() ? SSH_ERROR : rc;
    };
    const int rc = co_await repeat(std::move(ask), SSH_AGAIN, std::move(patience), "request");
    co_return rc == SSH_OK;
}

}  // namespace sallyport::ssh
