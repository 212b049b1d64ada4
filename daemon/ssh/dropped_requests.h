// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "daemon/ssh/handles.h"

namespace sallyport::ssh {

/// Finds the requests that an older libssh drops without a word, such as a key of a type that it does not
/// know: the client would wait for its answer until the login grace ends. A packet that came but is no
/// message was one, if it is as long as such a request; a client that sends SSH_MSG_IGNORE of that size is
/// answered too much.
class DroppedRequests {
 public:
    /// Keeps the first request that was answered: libssh can answer again through it.
    void keep(MessagePtr answered) {
        if (!kept_) kept_ = std::move(answered);
    }
    /// One of libssh's messages was taken.
    void took() { ++taken_; }
    /// To be called whenever all messages were taken, with all that has come so far.
    void compare(const ssh_counter_struct& came);

    [[nodiscard]] bool has_next() const noexcept { return is_waiting_; }
    /// The message to answer a dropped request with; null if none waits. It stays ours.
    [[nodiscard]] ssh_message next() { return std::exchange(is_waiting_, false) ? kept_.get() : nullptr; }

 private:
    MessagePtr kept_;
    std::uint64_t taken_ = 0;
    std::uint64_t bytes_ = 0;
    bool is_waiting_ = false;
};

}  // namespace sallyport::ssh
