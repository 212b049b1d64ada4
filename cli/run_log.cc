// SPDX-License-Identifier: Apache-2.0
#include "cli/run_log.h"

#include <algorithm>

namespace sallyport::cli {
namespace {

constexpr std::size_t max_head = 256 * 1024;
constexpr std::size_t max_tail = 768 * 1024;

}  // namespace

RunLog::RunLog(std::vector<std::string> secrets) {
    for (std::string& secret : secrets) {
        // A text of several lines is printed with the line ends of a terminal, or a line at a time.
        for (std::size_t from = 0; from <= secret.size();) {
            const std::size_t end = std::min(secret.find('\n', from), secret.size());
            if (end - from >= 4) secrets_.push_back(secret.substr(from, end - from));
            from = end + 1;
        }
    }
    std::sort(secrets_.begin(), secrets_.end(),
              [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    if (!secrets_.empty()) longest_ = secrets_.front().size();
}

void RunLog::take(std::string_view bytes) {
    waiting_ += bytes;
    const std::size_t done = mask(false);
    keep(std::string_view(waiting_).substr(0, done));
    waiting_.erase(0, done);
}

/// Masks what stands whole, and gives how much of it can hold no beginning of a secret.
std::size_t RunLog::mask(bool is_last) {
    std::size_t at = 0;
    std::string out;
    while (at < waiting_.size()) {
        if (!is_last && waiting_.size() - at < longest_) break;
        const auto is_here = [&](const std::string& secret) {
            return waiting_.compare(at, secret.size(), secret) == 0;
        };
        const auto found = std::find_if(secrets_.begin(), secrets_.end(), is_here);
        if (found == secrets_.end()) {
            out += waiting_[at++];
        } else {
            out += "***";
            at += found->size();
        }
    }
    const std::size_t done = out.size();
    waiting_ = out + waiting_.substr(at);
    return done;
}

void RunLog::keep(std::string_view bytes) {
    const std::size_t room = std::min(max_head - std::min(max_head, head_.size()), bytes.size());
    head_ += bytes.substr(0, room);
    tail_ += bytes.substr(room);
    if (tail_.size() <= 2 * max_tail) return;
    left_out_ += tail_.size() - max_tail;
    tail_.erase(0, tail_.size() - max_tail);
}

std::string RunLog::finish() {
    const std::size_t done = mask(true);  // moves what waits
    keep(std::string_view(waiting_).substr(0, done));
    waiting_.clear();
    if (tail_.size() > max_tail) {
        left_out_ += tail_.size() - max_tail;
        tail_.erase(0, tail_.size() - max_tail);
    }
    if (left_out_ == 0) return head_ + tail_;
    return head_ + "\n[" + std::to_string(left_out_) + " bytes are left out here]\n" + tail_;
}

}  // namespace sallyport::cli
