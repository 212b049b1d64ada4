// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/door.h"

#include <utility>

#include "common/error.h"
#include "daemon/runtime/log.h"
#include "daemon/ssh/capabilities.h"
#include "daemon/ssh/host_keys.h"

namespace sallyport::ssh {
namespace {

constexpr std::size_t max_channels = 256;    // open at once on one connection
constexpr std::size_t max_asked = 64;        // authentication requests that wait; clients send one at a time
constexpr std::uint64_t max_unproven = 192;  // packets before the proof: 128 requests, and 64 for all else
constexpr std::size_t max_unread = 4096;     // answers that a client has not read while it asks for more

constexpr std::uint32_t prohibited = 1;  // RFC 4254 §5.1
constexpr std::uint32_t resource_shortage = 4;

/// Refuses a channel in the words that its opener shows; an older libssh carries none.
void refuse_open(ssh_message message, [[maybe_unused]] std::uint32_t reason,
                 [[maybe_unused]] const std::string& words) {
#if SALLYPORT_LIBSSH_PRIVATE
    ssh_message_channel_request_open_reply_refuse(message, reason, ("sallyport: " + words).c_str());
#else
    ssh_message_reply_default(message);
#endif
}

}  // namespace

Door::Door(std::shared_ptr<Wire> wire, int fd, ssh_bind bind, Peer peer, std::string banner)
    : Leg(std::move(wire), fd), peer_(std::move(peer)), banner_(std::move(banner)) {
    if (ssh_bind_accept_fd(bind, session(), fd) != SSH_OK)
        throw Error(Code::internal, std::string("cannot take a connection: ") + ssh_get_error(bind));
    ssh_set_blocking(session(), 0);
    ssh_options_set(session(), SSH_OPTIONS_COMPRESSION, "none");
}

Door::~Door() = default;

std::string Door::version() const {
    const char* line = ssh_get_clientbanner(session());
    return line != nullptr ? line : "";
}

void Door::fail(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
    phase_ = Phase::closed;
    disconnect();
}

void Door::step() {
    if (!is_alive()) return;
    if (phase_ == Phase::key_exchange) {
        const int rc = ssh_handle_key_exchange(session());
        enter_event();
        if (rc == SSH_OK) phase_ = Phase::proving;
        if (rc == SSH_ERROR) return fail("key_exchange");
        if (rc != SSH_OK) return;
    }
    // Nobody needs chaff to log in, and it costs us decryption. A second key exchange libssh refuses by
    // itself.
    if (phase_ == Phase::proving && packets().in_packets > max_unproven) return fail("too_many_packets");
    while (MessagePtr message = next_message()) {
        dropped_.took();
        take(std::move(message));
    }
    if (phase_ == Phase::proving && !capabilities().refused_keys && !has_messages())
        dropped_.compare(packets());
}

void Door::take(MessagePtr message) {
    unread_answers_ = is_congested() ? unread_answers_ + 1 : 0;
    if (unread_answers_ > max_unread) return blame("it does not read what it is sent");
    switch (ssh_message_type(message.get())) {
        case SSH_REQUEST_SERVICE:
            ssh_message_service_reply_success(message.get());
            break;
        case SSH_REQUEST_AUTH:
            if (phase_ != Phase::proving || asked_.size() >= max_asked) return refuse(message);
            asked_.push_back(std::move(message));
            break;
        case SSH_REQUEST_CHANNEL_OPEN:
            return take_open(std::move(message));
        case SSH_REQUEST_CHANNEL:
            return take_request(std::move(message));
        default:
            refuse(message);
    }
}

void Door::refuse(const MessagePtr& message) {
    ssh_message_reply_default(message.get());
}

void Door::take_open(MessagePtr message) {
    if (phase_ != Phase::open) return refuse(message);
    auto forward = read_forward(message.get());
    const bool is_relayed =
        forward ? decide_ != nullptr : ssh_message_subtype(message.get()) == SSH_CHANNEL_SESSION;
    if (!is_relayed) {
        if (refused_) refused_({"channel", "not_supported"});
        return refuse_open(message.get(), prohibited, "this bastion opens no such channels");
    }
    if (channel_count() + undecided_ >= max_channels) {
        if (refused_ && !std::exchange(is_limit_told_, true)) refused_({"session", "limit"});
        return refuse_open(message.get(), resource_shortage, "too many channels are open on this connection");
    }
    if (forward) {
        ++undecided_;
        forward->message = std::move(message);
        return decide_(std::move(*forward));
    }
    ssh_channel raw = ssh_message_channel_request_open_reply_accept(message.get());
    if (raw == nullptr) return blame("a channel cannot be opened: " + last_error());
    opened_.push_back(std::make_unique<Channel>(*this, raw));
}

std::unique_ptr<Channel> Door::accept(ForwardOpen open) {
    --undecided_;
    if (!is_alive()) return nullptr;
    ssh_channel raw = ssh_message_channel_request_open_reply_accept(open.message.get());
    if (raw == nullptr) {
        blame("a channel cannot be opened: " + last_error());
        return nullptr;
    }
    return std::make_unique<Channel>(*this, raw);
}

void Door::refuse(ForwardOpen open, const std::string& words) {
    --undecided_;
    if (is_alive()) refuse_open(open.message.get(), open.reason, words);
}

void Door::take_request(MessagePtr message) {
    Channel* channel = find_channel(ssh_message_channel_request_channel(message.get()));
    // A message about a channel that has gone holds a dead pointer: it is dropped, never answered.
    if (channel == nullptr) return;
    if (is_end_of_write(message.get())) return channel->mark_eow();
    if (!channel->add_request(read_request(std::move(message)))) blame("too many requests at once");
}

void Door::send_banner() {
    if (banner_.empty()) return;
    ssh_string text = ssh_string_from_char((banner_ + "\r\n").c_str());
    if (text == nullptr) return;
    ssh_send_issue_banner(session(), text);
    ssh_string_free(text);
    banner_.clear();
}

/// True when the connection is decided: somebody is proven, or it ends.
bool Door::answer(ssh_message message, const Offer& offer, Authentication& authentication) {
    send_banner();
    ssh_message_auth_set_methods(message, SSH_AUTH_METHOD_PUBLICKEY);
    signing_.clear();
    switch (authentication.answer(offer)) {
        case Authentication::Answer::methods:
            ssh_message_reply_default(message);
            return false;
        case Authentication::Answer::may_sign:
            ssh_message_auth_reply_pk_ok_simple(message);
            signing_ = offer.blob;
            return false;
        case Authentication::Answer::accepted:
            phase_ = Phase::open;
            ssh_message_auth_reply_success(message, 0);
            return true;
        case Authentication::Answer::disconnect:
            fail(authentication.reason());
            return true;
    }
    return true;
}

bool Door::answer_dropped(Authentication& authentication) {
    ssh_message message = dropped_.next();
    if (message == nullptr) return false;
    Offer offer;
    offer.is_public_key = true;
    offer.name = authentication.name();
    offer.state = Offer::State::is_refused;
    offer.blob = signing_;  // after the leave to sign it is a bad signature, else a key of unknown type
    return answer(message, offer, authentication);
}

boost::asio::awaitable<bool> Door::examine(Authentication& authentication, SteadyTime deadline,
                                           std::function<bool()> is_evicted) {
    bool is_decided = false;
    while (!is_decided && is_alive()) {
        const auto is_ready = [&] {
            return !asked_.empty() || dropped_.has_next() || !is_alive() || is_evicted();
        };
        if (!co_await wire().until(is_ready, deadline)) fail("login_grace");
        if (is_evicted()) fail("evicted");
        for (auto messages = std::exchange(asked_, {}); auto& message : messages) {
            if (!is_alive()) break;
            const Offer offer = read_offer(message.get());
            claim_ = offer.fingerprint;
            is_decided = answer(message.get(), offer, authentication);
            typed_ = authentication.name();
            if (is_decided) break;
            if (!capabilities().refused_keys) dropped_.keep(std::move(message));
        }
        if (!is_decided) is_decided = answer_dropped(authentication);
        wire().kick();
    }
    if (phase_ != Phase::open && reason_.empty())
        reason_ = phase_ == Phase::key_exchange ? "key_exchange"
                  : fault().empty()             ? authentication.reason()
                                                : "protocol_error";
    co_return phase_ == Phase::open;
}

boost::asio::awaitable<std::optional<Proven>> Door::authenticate(FindKey find, SteadyTime deadline,
                                                                 std::function<bool()> is_evicted) {
    Authentication authentication(std::move(find));
    if (!co_await examine(authentication, deadline, std::move(is_evicted))) co_return std::nullopt;
    const KnownKey& known = authentication.proven();
    co_return Proven(*known.who, claim_, peer_.address, known.lent);
}

boost::asio::awaitable<bool> Door::admit(SteadyTime deadline) {
    Authentication authentication;
    std::function<bool()> never = [] { return false; };
    co_return co_await examine(authentication, deadline, std::move(never));
}

std::unique_ptr<Channel> Door::take_channel() {
    if (opened_.empty()) return nullptr;
    auto first = std::move(opened_.front());
    opened_.erase(opened_.begin());
    return first;
}

bool Door::was_cut() const {
    const std::string words = last_error();
    const auto says = [&](const char* text) { return words.find(text) != std::string::npos; };
    // The operator's own words of farewell may hold anything.
    if (!words.starts_with("Socket error") && !words.starts_with("Writing packet")) return false;
    return says("timed out") || says("reset by peer") || says("unreachable") || says("Broken pipe");
}

boost::asio::awaitable<void> Door::leave(SteadyTime deadline) {
    co_await wire().until([this] { return !is_alive() || !is_congested(); }, deadline);
    disconnect();
}

}  // namespace sallyport::ssh
