// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"

namespace sallyport {

/// What a frame of a recording holds (docs/recording.md).
enum class FrameKind : std::uint8_t { output = 1, error = 2, input = 3, resize = 4, marker = 5 };

struct Frame {
    std::uint32_t channel = 0;          // as numbered within the session, from 1
    std::chrono::microseconds time{0};  // since the recording began, by a monotonic clock
    FrameKind kind = FrameKind::output;
    std::string_view payload;  // byte for byte
};

/// The header that a recording begins with: magic, version, session id, the wall time of its begin.
[[nodiscard]] std::string recording_header(std::string_view session_id, WallTime started);
/// Appends one frame; a payload over the bound becomes several frames.
void append_frame(std::string& out, const Frame& frame);
/// The payload of a resize frame: columns and rows, 32 bits each.
[[nodiscard]] std::string resize_payload(int columns, int rows);
/// The payload of an input frame that holds no input, but how many bytes were typed without being echoed: a
/// zero byte, which no echoed input has, then the number in 64 bits.
[[nodiscard]] std::string unechoed_payload(std::uint64_t bytes);
/// That number; absent if the payload is what was typed.
[[nodiscard]] std::optional<std::uint64_t> unechoed_bytes(std::string_view payload);

/// Reads a recording frame by frame, up to the last whole one; memory is bounded by the largest frame.
class RecordingReader {
 public:
    static constexpr std::size_t max_payload = 1024 * 1024;

    /// Throws Error{Code::input} if it does not begin as a recording.
    explicit RecordingReader(std::istream& in);

    [[nodiscard]] const std::string& session_id() const noexcept { return session_id_; }
    [[nodiscard]] WallTime started() const noexcept { return started_; }
    /// The next whole frame, valid until the next call; absent at the end. Throws Error{Code::input} on a
    /// frame that cannot be one.
    [[nodiscard]] std::optional<Frame> next();
    /// True if the recording ends within a frame: it was cut off by a crash, or is still being written.
    [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }

 private:
    std::istream& in_;
    std::string session_id_;
    WallTime started_;
    std::string payload_;
    bool is_cut_ = false;
};

}  // namespace sallyport
