// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/relay/gate.h"
#include "daemon/relay/pair.h"
#include "daemon/ssh/door.h"
#include "daemon/ssh/link.h"

namespace sallyport::relay {

/// A session channel that was opened before the session stood (the picker's): a shell is granted on it.
struct Begun {
    std::unique_ptr<ssh::Channel> channel;
    std::vector<ssh::Request> asked;  // before the shell, and answered: its terminal, then its environment
};

/// Relays every session channel between an operator and a target until one of them leaves or somebody stops
/// it.
class Relay {
 public:
    /// All three outlive this.
    Relay(ssh::Door& door, ssh::Link& link, Gate& gate);

    enum class End { operator_left, target_left, stopped, record_failed };

    /// Runs until the end; on return no channel lives any more and each has passed `Gate::ended`.
    [[nodiscard]] boost::asio::awaitable<End> run(std::optional<Begun> begun);

    /// Relays a forward to where the gate lets it pass, or refuses it. While `run` runs, on its thread.
    /// False, and `open` left as it was, once the session is ending.
    [[nodiscard]] bool carry(ssh::ForwardOpen& open);

    /// Ends it soon; `words` go to the operator's stderr. From the session's own thread; the first call
    /// counts.
    void stop(std::string words);

    [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }
    /// True if every channel that was opened has reported its exit and is closed.
    [[nodiscard]] bool is_all_reported() const noexcept { return !has_unreported_; }
    [[nodiscard]] SteadyTime last_active() const;
    [[nodiscard]] std::size_t live_channels() const noexcept { return live_.size(); }

 private:
    struct Live {
        std::unique_ptr<ssh::Channel> from_operator;
        std::unique_ptr<ssh::Channel> to_target;
        std::unique_ptr<Tap> tap;
        std::unique_ptr<Pair> pair;
        std::shared_ptr<void> pump;
        Line line;
        std::string target_refused;  // the target's words when it opens no channel for us
        std::string cause;           // why it got nowhere or ended early
    };

    Live& begin();
    void start(Begun begun);
    boost::asio::awaitable<void> serve(std::list<Live>::iterator live, std::vector<ssh::Request> asked);
    boost::asio::awaitable<void> serve_forward(std::list<Live>::iterator live, ssh::ForwardOpen open);
    boost::asio::awaitable<std::string> open_forward(Live& live, ssh::ForwardOpen& open);
    boost::asio::awaitable<void> open_target(Live& live);
    boost::asio::awaitable<void> answer(Live& live, const ssh::Request& request);
    boost::asio::awaitable<bool> forward(Live& live, const ssh::Request& request);
    boost::asio::awaitable<void> linger(Live& live);
    void flow(Live& live);
    void note_failure(Live& live);
    void end_refused(Live& live);
    boost::asio::awaitable<void> tell(Live& live, std::string words);
    void close(std::list<Live>::iterator live);
    [[nodiscard]] bool is_ending() const;
    bool note_who_left();
    /// For what the target is asked: until the session ends, or the target is silent for too long.
    [[nodiscard]] ssh::Link::Patience patience() const;
    [[nodiscard]] bool is_done(const Live& live) const;

    ssh::Door& door_;
    ssh::Link& link_;
    Gate& gate_;
    std::list<Live> live_;
    std::optional<Error> failure_;
    std::optional<std::string> stop_;
    std::optional<End> left_;  // who left first
    SteadyTime last_active_ = std::chrono::steady_clock::now();
    std::uint32_t count_ = 0;
    bool has_unreported_ = false;
};

}  // namespace sallyport::relay
