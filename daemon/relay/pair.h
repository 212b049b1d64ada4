// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "common/error.h"
#include "daemon/relay/bridge.h"
#include "daemon/relay/tap.h"
#include "daemon/ssh/channel.h"

namespace sallyport::relay {

/// Drives a bridge between two channels: the sinks of both, and the step that every turn takes.
class Pair {
 public:
    /// Both channels and the tap outlive this. Data flows from now on.
    Pair(ssh::Channel& from_operator, ssh::Channel& to_target, Tap& tap);
    ~Pair();
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    /// Moves what can be moved; true if something was. After a tap failed it moves nothing.
    bool step();

    [[nodiscard]] const Bridge& bridge() const noexcept { return bridge_; }
    /// Both sides are closed both ways, or there is nobody left to close.
    [[nodiscard]] bool is_over() const;
    /// The operator vanished while the target's side was still open.
    [[nodiscard]] bool is_abandoned() const noexcept { return is_abandoned_; }
    /// Why nothing moves any more, if a tap failed.
    [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }
    /// The last time that a byte went either way.
    [[nodiscard]] SteadyTime last_active() const noexcept { return last_active_; }

 private:
    struct Sink : ssh::DataSink {
        explicit Sink(Flow& to) : flow(to) {}
        std::size_t offer(ssh::Stream stream, std::span<const std::byte> bytes) noexcept override;
        void take(ssh::Stream stream, std::span<const std::byte> bytes) noexcept override;
        Flow& flow;
    };

    bool ingest(ssh::Channel& channel, Flow& flow, Side side);
    bool deliver(Flow& flow, ssh::Channel& channel, Direction direction);
    bool finish(ssh::Channel& channel, Side side);

    ssh::Channel& operator_;
    ssh::Channel& target_;
    Tap& tap_;
    Bridge bridge_;
    Sink from_operator_{bridge_.to_target};
    Sink from_target_{bridge_.to_operator};
    bool is_abandoned_ = false;
    std::optional<Error> failure_;
    SteadyTime last_active_ = std::chrono::steady_clock::now();
};

}  // namespace sallyport::relay
