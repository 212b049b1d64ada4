// SPDX-License-Identifier: Apache-2.0
// Random interleavings of open, data, EOF, end of write, close, window and exit from both legs against a
// model: bytes in = bytes out = bytes seen by the tap while somebody reads them, EOF and exit after the data
// before them, one close to each side, no growth past the bound.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "daemon/relay/bridge.h"

namespace {

using namespace sallyport::relay;

void require(bool is_true) {
    if (!is_true) std::abort();
}

/// What one far side has received, and what the near side had sent towards it.
struct Far {
    std::string sent;
    std::string seen;
    std::string got;
    bool eof = false;
    bool closed = false;
    bool is_deaf = false;  // it has said that it reads no more
    bool eow = false;      // it was told that the other side reads no more
};

class Machine {
 public:
    void step(std::uint8_t what, std::uint8_t much) {
        switch (what % 12) {
            case 0:
                return data(bridge_.to_target, to_target_, operator_closed_ || operator_eof_, much);
            case 1:
                return data(bridge_.to_operator, to_operator_, target_closed_ || target_eof_, much);
            case 2:
                return end(Side::near_operator, operator_eof_, operator_closed_);
            case 3:
                return end(Side::near_target, target_eof_, target_closed_);
            case 4:
                return close(Side::near_operator, operator_closed_);
            case 5:
                return close(Side::near_target, target_closed_);
            case 6:
                return exit();
            case 7:
                return deliver(bridge_.to_target, to_target_, much);
            case 8:
                return deliver(bridge_.to_operator, to_operator_, much);
            case 9:
                return end_of_write(Side::near_operator, to_operator_, operator_closed_);
            case 10:
                return end_of_write(Side::near_target, to_target_, target_closed_);
            default:
                return finish();
        }
    }

    /// Both sides close and both windows open: everything must come to its end.
    void settle() {
        close(Side::near_target, target_closed_);
        close(Side::near_operator, operator_closed_);
        for (int i = 0; i < 64; ++i) {
            deliver(bridge_.to_target, to_target_, 255);
            deliver(bridge_.to_operator, to_operator_, 255);
            finish();
        }
        require(bridge_.is_over());
        require(to_target_.closed && to_operator_.closed);
        require(!exit_came_ || exit_sent_);
    }

 private:
    void end_of_write(Side side, Far& far, bool is_closed) {
        if (is_closed) return;
        far.is_deaf = true;
        bridge_.end_of_write(side);
    }

    void data(Flow& flow, Far& far, bool is_over, std::uint8_t much) {
        if (is_over) return;
        const std::string bytes(std::min<std::size_t>(flow.room(), std::size_t{much} * 300),
                                static_cast<char>('a' + much % 26));
        flow.take(much % 2, std::as_bytes(std::span(bytes)));
        far.sent += bytes;
        if (far.is_deaf) require(flow.is_drained() && !flow.has_new());
        require(flow.room() <= Flow::bound);
    }

    void end(Side side, bool& has_ended, bool is_closed) {
        if (is_closed) return;
        has_ended = true;
        bridge_.eof(side);
    }

    void close(Side side, bool& is_closed) {
        if (is_closed) return;
        is_closed = true;
        bridge_.close(side);
    }

    void exit() {
        if (exit_came_ || target_closed_) return;
        exit_came_ = true;
        exit_after_ = to_operator_.sent.size();
        bridge_.exit();
    }

    void deliver(Flow& flow, Far& far, std::uint8_t window) {
        while (flow.has_new()) {
            const auto [stream, bytes] = flow.unseen();
            far.seen.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            flow.mark_seen();
        }
        std::size_t room = std::size_t{window} * 500;
        while (room > 0 && !flow.is_drained()) {
            const auto [stream, bytes] = flow.front();
            const auto part = bytes.first(std::min(bytes.size(), room));
            require(!part.empty() && !far.eof && !far.closed && !far.is_deaf);
            far.got.append(reinterpret_cast<const char*>(part.data()), part.size());
            room -= part.size();
            flow.written(part.size());
        }
        require(far.sent.compare(0, far.got.size(), far.got) == 0);
        require(far.seen.size() >= far.got.size() && far.sent.compare(0, far.seen.size(), far.seen) == 0);
    }

    void finish() {
        finish_side(Side::near_target, to_target_, to_operator_, operator_closed_, target_closed_);
        finish_side(Side::near_operator, to_operator_, to_target_, target_closed_, operator_closed_);
    }

    void finish_side(Side side, Far& far, const Far& other, bool is_source_closed, bool has_reader_closed) {
        const bool is_reader_gone = has_reader_closed || far.is_deaf;
        if (bridge_.take_end_of_write_to(side)) {
            require(other.is_deaf && !far.eow && !far.closed && !has_reader_closed);
            far.eow = true;
        }
        require(far.eow || !other.is_deaf || far.closed || has_reader_closed);
        if (bridge_.take_eof_to(side)) {
            require(!far.eof && !far.closed && (far.is_deaf || far.got == far.sent));
            far.eof = true;
        }
        if (side == Side::near_operator && bridge_.take_exit()) {
            require(exit_came_ && !exit_sent_ && !far.closed);
            require(is_reader_gone || far.got.size() >= exit_after_);
            exit_sent_ = true;
        }
        if (bridge_.take_close_to(side)) {
            require(!far.closed && (is_source_closed || has_reader_closed));
            require(is_reader_gone || far.got == far.sent);
            require(side == Side::near_target || !exit_came_ || exit_sent_);
            far.closed = true;
        }
    }

    Bridge bridge_;
    Far to_target_;
    Far to_operator_;
    bool operator_eof_ = false;
    bool target_eof_ = false;
    bool operator_closed_ = false;
    bool target_closed_ = false;
    bool exit_came_ = false;
    bool exit_sent_ = false;
    std::size_t exit_after_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Machine machine;
    for (std::size_t i = 0; i + 1 < size && i < 400; i += 2) machine.step(data[i], data[i + 1]);
    machine.settle();
    return 0;
}
