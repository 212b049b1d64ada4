// SPDX-License-Identifier: Apache-2.0
#include "common/replay.h"

#include <utility>

#include "common/escape.h"

namespace sallyport {
namespace {

constexpr std::size_t max_sequence = 64;  // no harmless sequence is longer
// CSI finals that only move, erase, scroll or colour: cursor moves, ED, EL, IL, DL, DCH, ECH, ICH, SU, SD,
// SGR, REP.
constexpr std::string_view harmless_finals = "ABCDEFGHJKLMPSTXZ@`adefmb";
constexpr std::string_view parameters = "0123456789;:";

bool is_high_control(char first, char second) {
    return first == '\xc2' && static_cast<unsigned char>(second) >= 0x80 &&
           static_cast<unsigned char>(second) < 0xa0;
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
    if (state_ == State::control) {
        sequence_ += c;
        if (c >= 0x40 && c <= 0x7e) return end_control(c, out);
        if (sequence_.size() > max_sequence || static_cast<unsigned char>(c) < 0x20) out += finish();
        return;
    }
    if (state_ == State::escape) {
        sequence_ += c;
        if (c == '[')
            state_ = State::control;
        else
            out += finish();
        return;
    }
    if (!sequence_.empty()) {  // a UTF-8 lead byte that may begin a C1 control
        const char first = sequence_[0];
        sequence_.clear();
        out += is_high_control(first, c) ? escaped(std::string{first, c}) : std::string{first, c};
        return;
    }
    if (c == '\x1b') {
        state_ = State::escape;
        sequence_ = c;
    } else if (c == '\xc2') {
        sequence_ = c;
    } else if (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f') {
        out += c;
    } else if (c == '\n' || c == '\r' || c == '\t' || c == '\b') {
        out += c;
    } else {
        out += escaped(std::string_view(&c, 1));
    }
}

void ReplayFilter::end_control(char final, std::string& out) {
    const std::string_view inner = std::string_view(sequence_).substr(2, sequence_.size() - 3);
    const bool is_plain = inner.find_first_not_of(parameters) == std::string_view::npos;
    if (is_plain && harmless_finals.find(final) != std::string_view::npos) {
        out += sequence_;
        sequence_.clear();
        state_ = State::text;
        return;
    }
    out += finish();
}

}  // namespace sallyport
