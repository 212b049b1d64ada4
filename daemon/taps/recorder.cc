// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/recorder.h"

#include <algorithm>

namespace sallyport::taps {
namespace {

constexpr std::size_t tail_bytes = 64 * 1024;

}  // namespace

Recorder::Recorder(RecordingFile& file, std::uint32_t channel, std::optional<KeptOutput> kept, Input input,
                   std::function<void()> wrote)
    : file_(file), channel_(channel), kept_(kept), wrote_(std::move(wrote)) {
    if (kept_ && kept_->is_hashed_whole) whole_.emplace();
    if (input == Input::echoed) input_.emplace();
}

void Recorder::append(FrameKind kind, std::string_view payload) {
    file_.append(channel_, kind, payload);
    wrote_();
}

void Recorder::append_input(const std::vector<std::string>& payloads) {
    for (const std::string& payload : payloads) append(FrameKind::input, payload);
}

void Recorder::observe(relay::Direction direction, ssh::Stream stream, std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (direction == relay::Direction::to_target) {
        if (input_) append_input(input_->typed(text));
        return;
    }
    if (input_) input_->shown(text);
    if (whole_) whole_->update(text);
    seen_ += text.size();
    keep(stream, text);
}

void Recorder::keep(ssh::Stream stream, std::string_view bytes) {
    const std::size_t left =
        !kept_ ? bytes.size() : kept_->cap - std::min<std::uint64_t>(kept_->cap, stored_);
    const std::string_view now = bytes.substr(0, std::min(left, bytes.size()));
    if (!now.empty()) append(stream == ssh::Stream::error ? FrameKind::error : FrameKind::output, now);
    stored_ += now.size();
    const std::string_view rest = bytes.substr(now.size());
    if (rest.empty()) return;
    if (rest.size() >= tail_bytes)
        tail_ = rest.substr(rest.size() - tail_bytes);
    else
        tail_.append(rest);
    if (tail_.size() > 2 * tail_bytes) tail_.erase(0, tail_.size() - tail_bytes);
}

void Recorder::resize(int columns, int rows) {
    append(FrameKind::resize, resize_payload(columns, rows));
}

void Recorder::finish() {
    if (input_) append_input(input_->finish());
    finish_output();
}

void Recorder::finish_output() {
    if (seen_ == stored_) return;
    if (tail_.size() > tail_bytes) tail_.erase(0, tail_.size() - tail_bytes);
    const std::uint64_t missing = seen_ - stored_ - tail_.size();
    if (missing > 0)
        append(FrameKind::marker, std::to_string(missing) + " bytes of output are not kept here");
    append(FrameKind::output, tail_);
    stored_ += tail_.size();
    tail_.clear();
}

std::optional<std::string> Recorder::output_sha256() const {
    if (!whole_) return std::nullopt;
    Sha256 copy = *whole_;
    return copy.hex();
}

std::optional<std::uint64_t> Recorder::kept_bytes() const {
    if (seen_ == stored_) return std::nullopt;
    return stored_;
}

}  // namespace sallyport::taps
