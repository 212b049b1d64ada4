// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include "daemon/ssh/wire.h"

namespace sallyport::ssh {

/// Tasks beside the one that began them, which waits for their end before what they use goes.
class Tasks {
 public:
    /// `wire` outlives this.
    explicit Tasks(Wire& wire) : wire_(wire) {}
    Tasks(const Tasks&) = delete;
    Tasks& operator=(const Tasks&) = delete;

    /// Runs `task` on the wire's thread; `name` stands in the log if it throws.
    void begin(boost::asio::awaitable<void> task, const char* name);
    [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }
    /// Returns when all have ended. Await it before this goes.
    [[nodiscard]] boost::asio::awaitable<void> finish();

 private:
    boost::asio::awaitable<void> counted(boost::asio::awaitable<void> task);

    Wire& wire_;
    int count_ = 0;
};

}  // namespace sallyport::ssh
