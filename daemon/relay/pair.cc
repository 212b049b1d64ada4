// SPDX-License-Identifier: Apache-2.0
#include "daemon/relay/pair.h"

#include <algorithm>
#include <new>

namespace sallyport::relay {

std::size_t Pair::Sink::offer(ssh::Stream stream, std::span<const std::byte> bytes) noexcept {
    const std::size_t count = std::min(bytes.size(), flow.room());
    take(stream, bytes.first(count));
    return count;
}

void Pair::Sink::take(ssh::Stream stream, std::span<const std::byte> bytes) noexcept {
    flow.take(stream == ssh::Stream::error ? 1 : 0, bytes);
}

Pair::Pair(ssh::Channel& from_operator, ssh::Channel& to_target, Tap& tap)
    : operator_(from_operator), target_(to_target), tap_(tap) {
    operator_.set_sink(&from_operator_);
    target_.set_sink(&from_target_);
}

Pair::~Pair() {
    operator_.set_sink(nullptr);
    target_.set_sink(nullptr);
}

bool Pair::step() {
    if (failure_) return false;
    try {
        bool moved = ingest(operator_, bridge_.to_target, Side::near_operator);
        moved = ingest(target_, bridge_.to_operator, Side::near_target) || moved;
        if (target_.exit() && !target_.has_parked()) bridge_.exit();
        moved = deliver(bridge_.to_target, target_, Direction::to_target) || moved;
        moved = deliver(bridge_.to_operator, operator_, Direction::to_operator) || moved;
        moved = finish(target_, Side::near_target) || moved;
        moved = finish(operator_, Side::near_operator) || moved;
        if (moved) last_active_ = std::chrono::steady_clock::now();
        return moved;
    } catch (const Error& error) {
        failure_ = error;
    } catch (const std::bad_alloc&) {  // what could not be recorded is not delivered
        failure_ = Error(Code::record, "there is no memory");
    }
    return false;
}

// An end counts only when nothing older is parked inside libssh.
bool Pair::ingest(ssh::Channel& channel, Flow& flow, Side side) {
    if (channel.got_eow()) bridge_.end_of_write(side);
    const bool moved = channel.has_parked() && channel.read_parked(flow.room());
    if (channel.has_parked() && channel.leg().is_alive()) return moved;
    if (channel.got_eof()) bridge_.eof(side);
    if (!channel.got_close()) return moved;
    if (channel.leg().is_alive()) {
        bridge_.close(side);
    } else if (side == Side::near_operator) {
        // A target that vanished is the relay's to tell: the channel closes after its words.
        is_abandoned_ = is_abandoned_ || !target_.got_close();
        bridge_.operator_vanished();
    }
    return moved;
}

bool Pair::deliver(Flow& flow, ssh::Channel& channel, Direction direction) {
    while (flow.has_new()) {
        const auto [stream, bytes] = flow.unseen();
        tap_.observe(direction, stream == 1 ? ssh::Stream::error : ssh::Stream::output, bytes);
        flow.mark_seen();
    }
    bool moved = false;
    while (!flow.is_drained()) {
        const auto [stream, bytes] = flow.front();
        const std::size_t wrote =
            channel.write(stream == 1 ? ssh::Stream::error : ssh::Stream::output, bytes);
        if (wrote == 0) break;
        flow.written(wrote);
        moved = true;
    }
    return moved;
}

bool Pair::finish(ssh::Channel& channel, Side side) {
    bool acted = false;
    if (bridge_.take_eof_to(side)) {
        channel.send_eof();
        acted = true;
    }
    if (bridge_.take_end_of_write_to(side)) {
        channel.send_eow();
        acted = true;
    }
    if (side == Side::near_operator && bridge_.take_exit()) {
        channel.send_exit(*target_.exit());
        acted = true;
    }
    if (bridge_.take_close_to(side)) {
        channel.close();
        acted = true;
    }
    return acted;
}

bool Pair::is_over() const {
    const bool target_done = target_.got_close() || !target_.leg().is_alive();
    return bridge_.is_over() && target_done;
}

}  // namespace sallyport::relay
