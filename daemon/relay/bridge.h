// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace sallyport::relay {

/// One direction of a channel pair: what came and has not gone on yet, in order, with its end. Has no I/O and
/// a fixed bound; the caller reports what happened on the near side, and asks what may be done on the far
/// side.
class Flow {
 public:
    static constexpr std::size_t bound = 256 * 1024;  // bytes that wait here; more waits within the window

    using Piece =
        std::pair<int, std::span<const std::byte>>;  // stream 0 is data, 1 is stderr: both share one order

    // What happened on the near side.
    [[nodiscard]] std::size_t room() const { return bytes() < bound ? bound - bytes() : 0; }
    void take(int stream, std::span<const std::byte> bytes);
    void eof() { has_eof_ = true; }

    // What may be done on the far side: first show the taps what is new, then write, then the end.
    [[nodiscard]] bool has_new() const { return seen_ < queue_.size(); }
    /// The bytes that no tap has seen yet, one stream at a time; `mark_seen` after the taps have them.
    [[nodiscard]] Piece unseen() const;
    void mark_seen();
    /// The bytes to write next, one stream at a time, only what the taps have seen; `written` takes them
    /// away.
    [[nodiscard]] Piece front() const;
    void written(std::size_t count);

    [[nodiscard]] bool is_drained() const { return bytes() == 0; }
    [[nodiscard]] bool may_end() const { return has_eof_ && is_drained(); }
    [[nodiscard]] bool has_eof() const { return has_eof_; }
    /// All bytes that ever came, and that ever went.
    [[nodiscard]] std::uint64_t total_in() const { return total_in_; }
    [[nodiscard]] std::uint64_t total_out() const { return total_out_; }
    /// All bytes that ever left here: written, or dropped.
    [[nodiscard]] std::uint64_t total_gone() const { return total_out_ + dropped_; }
    /// Forgets what waits and what will come: there is nobody left to read it.
    void drop();

 private:
    [[nodiscard]] bool may_join(int stream, std::size_t size) const;
    [[nodiscard]] std::size_t bytes() const {
        return static_cast<std::size_t>(total_in_ - total_out_ - dropped_);
    }
    struct Chunk {
        int stream = 0;
        std::size_t begin = 0;
        std::vector<std::byte> bytes;
    };
    std::deque<Chunk> queue_;
    std::size_t seen_ = 0;  // chunks of the queue that the taps have seen
    std::uint64_t total_in_ = 0;
    std::uint64_t total_out_ = 0;
    std::uint64_t dropped_ = 0;
    bool has_eof_ = false;
    bool is_dropping_ = false;
};

enum class Side { near_operator, near_target };

/// Any two channels, both ways: events in, actions out. The order of data, EOF, exit and close is its whole
/// task: nothing overtakes data that came before it, and a close goes out once, after all that belongs before
/// it.
class Bridge {
 public:
    Flow to_target;    // what the operator sends
    Flow to_operator;  // what the target sends

    // Events.
    void eof(Side from);
    /// `from` reads no more, though it may still send (eow@openssh.com).
    void end_of_write(Side from);
    void close(Side from);
    /// The exit status or signal came; it goes out after the data that was here before it.
    void exit();
    /// The operator is gone without a close: input that waits may still be written.
    void operator_vanished();

    // Actions: each is true once when it is due; the caller then does it.
    [[nodiscard]] bool take_eof_to(Side side);
    [[nodiscard]] bool take_end_of_write_to(Side side);
    [[nodiscard]] bool take_exit();
    [[nodiscard]] bool take_close_to(Side side);

    /// Both sides are closed: nothing more will happen.
    [[nodiscard]] bool is_over() const { return operator_.close_sent && target_.close_sent; }

 private:
    struct End {
        bool closed = false;      // the peer has closed
        bool is_deaf = false;     // the peer reads no more
        bool eow_sent = false;    // we have told it that the other side reads no more
        bool eof_sent = false;    // we have sent EOF towards it
        bool close_sent = false;  // we have closed towards it
    };
    [[nodiscard]] End& end(Side side) { return side == Side::near_operator ? operator_ : target_; }
    [[nodiscard]] End& other(Side side) { return side == Side::near_operator ? target_ : operator_; }
    [[nodiscard]] Flow& flow_to(Side side) { return side == Side::near_operator ? to_operator : to_target; }

    [[nodiscard]] bool may_close_operator() const;
    [[nodiscard]] bool may_close_target() const;

    End operator_;
    End target_;
    std::optional<std::uint64_t> exit_after_;  // bytes to the operator that go before the exit
    bool exit_sent_ = false;
};

}  // namespace sallyport::relay
