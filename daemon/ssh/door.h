// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ssh/authentication.h"
#include "daemon/ssh/channel.h"
#include "daemon/ssh/dropped_requests.h"
#include "daemon/ssh/forward_open.h"
#include "daemon/ssh/leg.h"
#include "policy/proven.h"

namespace sallyport::ssh {

/// Where a connection comes from.
struct Peer {
    std::string address;  // numeric; IPv4 where it is one, also if mapped
    std::uint16_t port = 0;
};

/// The operator's side of a connection: key exchange, proof of who it is, then channels as they are opened.
class Door : public Leg {
 public:
    /// Takes `fd`. `bind` holds the host keys and algorithms; it is used only here, on its own thread.
    Door(std::shared_ptr<Wire> wire, int fd, ssh_bind bind, Peer peer, std::string banner);
    ~Door() override;

    /// Runs key exchange and authentication until `deadline`, which dripping bytes do not move, or
    /// `is_evicted`; `find` says whose a key is. Absent if nobody was proven; `reason()` then says why.
    [[nodiscard]] boost::asio::awaitable<std::optional<Proven>> authenticate(
        FindKey find, SteadyTime deadline, std::function<bool()> is_evicted);

    /// The same behind a connection whose operator is proven (`ssh -J`): takes `none` and any key that signs.
    /// False if it ended before; `claim()` is the key that was shown.
    [[nodiscard]] boost::asio::awaitable<bool> admit(SteadyTime deadline);

    /// The next session channel, which is accepted already; null if none waits.
    [[nodiscard]] std::unique_ptr<Channel> take_channel();
    [[nodiscard]] bool has_channel() const noexcept { return !opened_.empty(); }

    /// Called for every forward that the operator asks for, to a port or a socket; it answers by `accept` or
    /// `refuse`, once, while the door lives.
    void on_forward(std::function<void(ForwardOpen)> decide) { decide_ = std::move(decide); }
    /// The channel of a forward; null if the connection has ended.
    [[nodiscard]] std::unique_ptr<Channel> accept(ForwardOpen open);
    /// `words` are shown by the operator's client, where libssh carries them.
    void refuse(ForwardOpen open, const std::string& words);

    /// A channel open that was refused.
    struct RefusedOpen {
        const char* kind;    // session or channel
        const char* reason;  // not_supported or limit
    };
    /// Called for every channel open of a kind that is not relayed, and for the first one beyond the limit.
    void on_refused_open(std::function<void(const RefusedOpen&)> tell) { refused_ = std::move(tell); }

    /// Waits until all is flushed, at most until `deadline`, then hangs up.
    [[nodiscard]] boost::asio::awaitable<void> leave(SteadyTime deadline);

    /// The SSH user name as it was typed: which target, never who (cut at a NUL, as everywhere).
    [[nodiscard]] const std::string& typed() const noexcept { return typed_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
    /// The fingerprint of the key that signed last, proven or claimed; empty if none did.
    [[nodiscard]] const std::string& claim() const noexcept { return claim_; }
    [[nodiscard]] const Peer& peer() const noexcept { return peer_; }
    /// True if the network ended the connection, and not the operator.
    [[nodiscard]] bool was_cut() const;
    /// The client's version line, as it sent it.
    [[nodiscard]] std::string version() const override;

 private:
    enum class Phase {
        key_exchange,
        proving,  // authentication requests are taken, all else is refused
        open,     // channels are taken
        closed,   // nothing more is taken
    };

    [[nodiscard]] boost::asio::awaitable<bool> examine(Authentication& authentication, SteadyTime deadline,
                                                       std::function<bool()> is_evicted);
    void step() override;
    void take(MessagePtr message);
    void take_open(MessagePtr message);
    void take_request(MessagePtr message);
    void refuse(const MessagePtr& message);
    void fail(std::string reason);
    [[nodiscard]] bool answer(ssh_message message, const Offer& offer, Authentication& authentication);
    [[nodiscard]] bool answer_dropped(Authentication& authentication);
    void send_banner();

    Peer peer_;
    std::string banner_;
    std::string typed_;
    std::string reason_;
    std::string claim_;
    Phase phase_ = Phase::key_exchange;
    std::vector<MessagePtr> asked_;  // authentication requests that wait for their answer
    DroppedRequests dropped_;
    std::string signing_;  // the key that was asked to sign with the last answer, if one was
    std::vector<std::unique_ptr<Channel>> opened_;
    std::function<void(ForwardOpen)> decide_;
    std::size_t undecided_ = 0;  // forwards that were asked for and not answered yet
    std::function<void(const RefusedOpen&)> refused_;
    bool is_limit_told_ = false;
    std::size_t unread_answers_ = 0;
};

}  // namespace sallyport::ssh
