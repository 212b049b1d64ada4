// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "common/event.h"

namespace sallyport::audit {

/// Where an event stands after its commit.
struct Committed {
    std::uint64_t seq = 0;
    std::string hash;
    std::string time;  // RFC 3339, as in the line
};

/// The one door for events: number, hash, project, commit, by one writer thread with a bounded queue.
class Log {
 public:
    virtual ~Log() = default;

    /// Returns on the caller's executor when the event is on disk. Throws Error{Code::record} if it cannot be
    /// kept (store failed, queue full, stopping): the deed that it announces must then not happen.
    [[nodiscard]] virtual boost::asio::awaitable<Committed> commit(Event event) = 0;

    /// Hands over an event that no deed waits for (ends, closes, refusals); from any thread, never blocks.
    /// It is retried by the writer while the store fails; it is lost only with the process, where recovery
    /// makes the end.
    virtual void post(Event event) = 0;

    /// A login by a stranger failed; aggregated per kind, source net and minute before it becomes
    /// `auth.failed`.
    virtual void auth_failed(std::string kind, std::string source_address, std::string name) = 0;

    /// True while the store takes events; new sessions are refused while it does not.
    [[nodiscard]] virtual bool is_healthy() const noexcept = 0;
};

}  // namespace sallyport::audit
