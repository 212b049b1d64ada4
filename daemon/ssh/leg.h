// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/error.h"
#include "daemon/runtime/descriptor.h"
#include "daemon/ssh/handles.h"
#include "daemon/ssh/wire.h"

namespace sallyport::ssh {

class Channel;
class PartingChannel;

/// One SSH connection on a wire, either side. Owns its libssh session and its descriptor.
class Leg {
 public:
    /// Takes `fd`, a connected TCP socket, and closes it at the end.
    Leg(std::shared_ptr<Wire> wire, int fd);
    virtual ~Leg();
    Leg(const Leg&) = delete;
    Leg& operator=(const Leg&) = delete;

    [[nodiscard]] Wire& wire() const noexcept { return *wire_; }
    [[nodiscard]] ssh_session session() const noexcept { return session_.get(); }

    /// False once the connection has ended, in whatever way.
    [[nodiscard]] bool is_alive() const;
    /// True while libssh holds bytes that the socket has not taken.
    [[nodiscard]] bool is_congested() const;
    /// Since when it has been so, as the rounds saw it; far in the future while it is not.
    [[nodiscard]] SteadyTime congested_since() const noexcept { return congested_since_; }
    /// Bytes that went through the socket both ways, counted by libssh, also in polls inside its calls.
    [[nodiscard]] std::uint64_t traffic() const { return socket_.in_bytes + socket_.out_bytes; }
    /// The peer's version line, as it sent it.
    [[nodiscard]] virtual std::string version() const = 0;
    /// libssh's last words, for logs and errors; may hold bytes of the peer.
    [[nodiscard]] std::string last_error() const;

    /// Channels that are open, and those that the peer has still to close.
    [[nodiscard]] std::size_t channel_count() const noexcept { return channels_.size() + parting_.size(); }
    /// While on, each turn asks the kernel to acknowledge at once: for the short messages before the first
    /// channel.
    void quick_acks(bool on) { quick_acks_ = on; }
    /// Sends an SSH_MSG_IGNORE (RFC 4253 §11.2), which asks nothing of the peer; call it once an `interval`.
    /// A peer that acknowledges nothing for three intervals is gone (RFC 5482); one that only pauses is not.
    void keep_alive(std::chrono::seconds interval);
    /// Sends the disconnect and drops the connection; what was not yet flushed is lost.
    void disconnect();
    /// How the peer broke the protocol, in words for logs and the record; empty if it did not.
    [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 protected:
    /// One step of this leg's protocol, in every round of a turn.
    virtual void step() = 0;
    /// Puts the session into the event context; only after libssh made its poll handle (its first step).
    void enter_event();
    /// Has the socket non-blocking again, where libssh makes a client's blocking as it connects.
    void stay_non_blocking();
    /// Packets that came and went, as libssh counts them.
    [[nodiscard]] const ssh_counter_struct& packets() const noexcept { return packets_; }
    /// Runs a call of libssh that polls inside, with all other legs out of the event: it takes the end of one
    /// that it polls for the end of the session that it was called for.
    template <typename Call>
    auto alone(Call call) {
        const Wire::Alone alone(*wire_, *this);
        return call();
    }
    /// The channel that owns `raw`, or null if it has gone.
    [[nodiscard]] Channel* find_channel(ssh_channel raw) const;
    /// The next message that asks for an answer; null if none waits, or if others have waited long enough.
    [[nodiscard]] MessagePtr next_message();
    /// Ends the connection because of what the peer did; the first call's words count.
    void blame(std::string words);
    /// More may wait than this round took.
    [[nodiscard]] bool has_messages() const { return taken_ >= max_taken && is_alive(); }
    ssh_counter_struct socket_{};  // libssh counts here as long as its session lives
    ssh_counter_struct packets_{};
    SessionPtr session_;

 private:
    friend class Wire;
    friend class Channel;
    [[nodiscard]] bool is_in_event() const { return is_in_event_; }
    void arm();
    void begin_round();
    /// Whether the next poll reads from the socket; with an older libssh it always does.
    void set_reading(bool on);
    void judge();
    void withdraw();
    void come_back();
    void let_part(ssh_channel channel);
    void close_given();
    [[nodiscard]] bool is_peer_pausing();
    /// Bytes that wait for the socket; at least so many, where libssh does not tell.
    [[nodiscard]] std::uint64_t pending_output();
    void wait(boost::asio::posix::stream_descriptor::wait_type kind, bool Leg::*flag);

    std::shared_ptr<Wire> wire_;
    runtime::Descriptor given_;  // to a libssh that may close it; `watch_` has a duplicate then
    boost::asio::posix::stream_descriptor watch_;
    std::shared_ptr<bool> lives_ = std::make_shared<bool>(true);
    std::vector<Channel*> channels_;  // they enter and leave by themselves
    std::vector<std::unique_ptr<PartingChannel>> parting_;
    [[maybe_unused]] ssh_counter_struct packets_before_{};  // what had gone when nothing waited to be sent
    [[maybe_unused]] ssh_counter_struct socket_before_{};
    std::uint64_t drained_at_ = 0;  // packets that had come when no message waited any more
    SteadyTime congested_since_ = SteadyTime::max();
    std::string fault_;
    std::string words_before_;            // libssh's last error when it was judged
    static constexpr int max_taken = 64;  // messages in a round, after which others have their turn
    int taken_ = 0;
    bool is_open_ = true;
    bool is_in_event_ = false;
    bool is_reading_ = true;
    bool is_overrun_ = false;  // the peer sent more than its window: set in a callback, ended by the turn
    bool waits_read_ = false;
    bool waits_write_ = false;
    bool quick_acks_ = true;
    std::uint64_t acknowledged_ = 0;  // of what came in
};

/// Throws Error{code, "WHAT: libssh's words"} unless `rc` is SSH_OK.
void check(int rc, const Leg& leg, Code code, std::string_view what);

}  // namespace sallyport::ssh
