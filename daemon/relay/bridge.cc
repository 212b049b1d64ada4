// SPDX-License-Identifier: Apache-2.0
#include "daemon/relay/bridge.h"

#include <algorithm>

namespace sallyport::relay {
namespace {

constexpr std::size_t large = 16 * 1024;    // below it, growing costs less than many pieces
constexpr std::size_t joined = 128 * 1024;  // as much as a channel writes at once

}  // namespace

void Flow::take(int stream, std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    total_in_ += bytes.size();
    if (is_dropping_) {
        dropped_ += bytes.size();
        return;
    }
    if (!may_join(stream, bytes.size())) {
        queue_.push_back({stream, 0, {}});
        // A large piece is seldom alone: with room for the next ones none of them is moved.
        queue_.back().bytes.reserve(bytes.size() < large ? bytes.size() : std::max(bytes.size(), joined));
    }
    std::vector<std::byte>& last = queue_.back().bytes;
    last.insert(last.end(), bytes.begin(), bytes.end());
}

bool Flow::may_join(int stream, std::size_t size) const {
    if (queue_.size() <= seen_ || queue_.back().stream != stream) return false;
    const std::vector<std::byte>& last = queue_.back().bytes;
    return last.size() + size <= std::max(last.capacity(), large);
}

Flow::Piece Flow::unseen() const {
    const Chunk& chunk = queue_[seen_];
    return {chunk.stream, chunk.bytes};
}

void Flow::mark_seen() {
    if (seen_ < queue_.size()) ++seen_;
}

Flow::Piece Flow::front() const {
    if (seen_ == 0) return {0, {}};
    const Chunk& chunk = queue_.front();
    return {chunk.stream, std::span(chunk.bytes).subspan(chunk.begin)};
}

void Flow::written(std::size_t count) {
    Chunk& chunk = queue_.front();
    chunk.begin += count;
    total_out_ += count;
    if (chunk.begin < chunk.bytes.size()) return;
    queue_.pop_front();
    --seen_;
}

void Flow::drop() {
    is_dropping_ = true;
    dropped_ = total_in_ - total_out_;
    queue_.clear();
    seen_ = 0;
}

void Bridge::eof(Side from) {
    flow_to(from == Side::near_operator ? Side::near_target : Side::near_operator).eof();
}

void Bridge::end_of_write(Side from) {
    end(from).is_deaf = true;
    flow_to(from).drop();
}

void Bridge::close(Side from) {
    end(from).closed = true;
    eof(from);
    flow_to(from).drop();  // it reads no more
}

void Bridge::exit() {
    if (!exit_after_) exit_after_ = to_operator.total_in();
}

void Bridge::operator_vanished() {
    close(Side::near_operator);
    operator_.close_sent = true;
}

bool Bridge::take_eof_to(Side side) {
    End& to = end(side);
    if (to.eof_sent || to.close_sent || to.closed || !flow_to(side).may_end()) return false;
    to.eof_sent = true;
    return true;
}

// It overtakes the data that goes the same way: whoever waits to write is to know at once.
bool Bridge::take_end_of_write_to(Side side) {
    End& to = end(side);
    if (!other(side).is_deaf || to.eow_sent || to.close_sent || to.closed) return false;
    to.eow_sent = true;
    return true;
}

bool Bridge::take_exit() {
    if (exit_sent_ || !exit_after_ || operator_.close_sent) return false;
    if (to_operator.total_gone() < *exit_after_) return false;
    exit_sent_ = true;
    return true;
}

bool Bridge::take_close_to(Side side) {
    End& to = end(side);
    if (to.close_sent || !(side == Side::near_operator ? may_close_operator() : may_close_target()))
        return false;
    to.close_sent = true;
    return true;
}

// An operator that closes first still waits for how the command ended, which comes before the target's close;
// so its close is answered only after that.
bool Bridge::may_close_operator() const {
    return target_.closed && to_operator.is_drained() && (exit_sent_ || !exit_after_);
}

bool Bridge::may_close_target() const {
    return target_.closed || (operator_.closed && to_target.is_drained());
}

}  // namespace sallyport::relay
