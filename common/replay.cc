// SPDX-License-Identifier: Apache-2.0
#include "common/replay.h"

#include <utility>

#include "common/escape.h"

namespace sallyport {
namespace {

constexpr std::size_t max_digits = 4;
constexpr std::size_t max_sequence = 64;  // no harmless sequence is longer
// CSI finals that only move, erase, scroll or colour: cursor moves, ED, EL, IL, DL, DCH, ECH, ICH, SU, SD,
// SGR, REP.
constexpr std::string_view harmless_finals = "ABCDEFGHJKLMPSTXZ@`adefmb";
constexpr std::string_view parameters = "0123456789;:";

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

/// A terminal that repeats or scrolls a thousand million times has been acted on as well.
bool has_small_numbers(std::string_view inner) {
    std::size_t run = 0;
    for (const char c : inner) {
        run = c >= '0' && c <= '9' ? run + 1 : 0;
        if (run > max_digits) return false;
    }
    return true;
}

/// How many bytes a character of UTF-8 has that begins with this one; 1 for what begins none.
std::size_t length_of(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
}

}  // namespace

std::string ReplayFilter::filter(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) take(c, out);
    return out;
}

std::string ReplayFilter::finish() {
    state_ = State::text;
    return escaped(std::exchange(sequence_, {}));
}

void ReplayFilter::take(char c, std::string& out) {
    switch (state_) {
        case State::text:
            return take_text(c, out);
        case State::character:
            return take_character(c, out);
        case State::escape:
            sequence_ += c;
            if (c == '[')
                state_ = State::control;
            else
                out += finish();
            return;
        case State::control:
            sequence_ += c;
            if (c >= 0x40 && c <= 0x7e) return end_control(c, out);
            if (sequence_.size() > max_sequence || static_cast<unsigned char>(c) < 0x20) out += finish();
            return;
    }
}

void ReplayFilter::take_text(char c, std::string& out) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\x1b' || byte >= 0x80) {
        sequence_ = c;
        state_ = c == '\x1b' ? State::escape : State::character;
        if (byte >= 0x80 && length_of(c) == 1) out += finish();
        return;
    }
    const bool is_shown = (byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\r' || c == '\t' || c == '\b';
    out += is_shown ? std::string(1, c) : escaped(std::string_view(&c, 1));
}

/// The bytes of one character beyond ASCII: shown if they are one, and no C1 control, else as text.
void ReplayFilter::take_character(char c, std::string& out) {
    if (!is_continuation(c)) {
        out += finish();
        return take(c, out);
    }
    sequence_ += c;
    if (sequence_.size() == length_of(sequence_[0])) out += finish();
}

void ReplayFilter::end_control(char final, std::string& out) {
    const std::string_view inner = std::string_view(sequence_).substr(2, sequence_.size() - 3);
    const bool is_plain =
        inner.find_first_not_of(parameters) == std::string_view::npos && has_small_numbers(inner);
    if (is_plain && harmless_finals.find(final) != std::string_view::npos) {
        out += sequence_;
        sequence_.clear();
        state_ = State::text;
        return;
    }
    out += finish();
}

}  // namespace sallyport
