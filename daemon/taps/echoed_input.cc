// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/echoed_input.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/recording.h"

namespace sallyport::taps {
namespace {

// How a terminal's line discipline and readline show that the last character goes.
constexpr std::array<std::string_view, 2> erasures = {"\b \b", "\b\x1b[K"};

bool is_enter(char key) {
    return key == '\r' || key == '\n';
}

bool is_erase(char key) {
    return key == '\x7f' || key == '\b';
}

bool is_text(char key) {
    return static_cast<unsigned char>(key) >= 0x20 && key != '\x7f';
}

/// Ctrl-C, -D, -U and -Z: what is typed next begins a line of its own.
bool drops_line(char key) {
    return key == '\x03' || key == '\x04' || key == '\x15' || key == '\x1a';
}

std::string text_of(std::string_view line) {
    std::string text;
    std::copy_if(line.begin(), line.end(), std::back_inserter(text), is_text);
    return text;
}

/// `****` may be a secret of stars, or stars in place of another secret; a single letter or digit is an
/// answer.
bool may_be_mask(std::string_view text) {
    const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; };
    std::size_t length = 1;
    while (length < text.size() && is_continuation(text[length])) ++length;
    for (std::size_t i = length; i < text.size(); ++i)
        if (text[i] != text[i - length]) return false;
    const char c = text[0];
    const bool is_answer = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return text.size() > 1 || !is_answer;
}

/// Whether `text`, which was echoed whole, may be kept.
bool is_worth(std::string_view text, std::size_t least) {
    return text.size() >= least && !may_be_mask(text);
}

}  // namespace

EchoedInput::EchoedInput() {
    line_.reserve(max_line);  // never grows, so that no copy stays behind
}

EchoedInput::~EchoedInput() {
    wipe();
}

std::vector<std::string> EchoedInput::typed(std::string_view bytes) {
    for (const char key : bytes) press(key);
    put_count();
    return std::exchange(out_, {});
}

std::vector<std::string> EchoedInput::finish() {
    lose();
    end_line();
    put_count();
    return std::exchange(out_, {});
}

void EchoedInput::press(char key) {
    if (is_enter(key)) return enter(key);
    const bool is_followed = is_text(key) || is_erase(key);
    if (state_ == State::following && is_followed && line_.size() < max_line) {
        line_ += key;
        return;
    }
    leave();
    ++lost_;
    if (drops_line(key)) end_line();
}

void EchoedInput::enter(char key) {
    if (state_ == State::following && is_echoed() && is_worth(text_of(line_), 1)) {
        out_.push_back(line_ + key);
        wipe();
    } else {
        lose();
        ++lost_;
    }
    end_line();
}

/// A key came after which the line on the screen is not known any more: what was echoed before it may stay.
void EchoedInput::leave() {
    if (is_echoed() && is_worth(text_of(line_), min_part)) {
        out_.push_back(line_);
        wipe();
    }
    lose();
}

void EchoedInput::end_line() {
    due_ += std::exchange(lost_, 0);
    state_ = State::following;
}

void EchoedInput::shown(std::string_view bytes) {
    for (const char byte : bytes) {
        if (line_.empty()) return;
        show(byte);
    }
}

void EchoedInput::show(char byte) {
    if (is_wrapping_) {
        is_wrapping_ = false;
        if (byte != '\r') lose();
    } else if (echoed_ == line_.size()) {
        is_wrapping_ = byte == ' ';  // readline shows a space and a carriage return at the margin
        if (!is_wrapping_) lose();
    } else if (is_erase(line_[echoed_])) {
        show_erased(byte);
    } else if (byte == line_[echoed_]) {
        ++echoed_;
    } else {
        lose();
    }
}

void EchoedInput::show_erased(char byte) {
    erasing_ += byte;
    if (std::find(erasures.begin(), erasures.end(), erasing_) != erasures.end()) {
        erasing_.clear();
        ++echoed_;
        return;
    }
    const auto begins = [this](std::string_view form) { return form.starts_with(erasing_); };
    if (std::none_of(erasures.begin(), erasures.end(), begins)) lose();
}

/// The line is not echoed, or it cannot be told any more: all of it, and what is still to come, is counted.
void EchoedInput::lose() {
    lost_ += line_.size();
    state_ = State::lost;
    wipe();
}

void EchoedInput::wipe() {
    OPENSSL_cleanse(line_.data(), line_.size());
    line_.clear();
    erasing_.clear();
    echoed_ = 0;
    is_wrapping_ = false;
}

void EchoedInput::put_count() {
    if (due_ > 0) out_.push_back(unechoed_payload(std::exchange(due_, 0)));
}

bool EchoedInput::is_echoed() const {
    return echoed_ == line_.size() && !is_wrapping_;
}

}  // namespace sallyport::taps
