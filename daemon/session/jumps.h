// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "daemon/runtime/descriptor.h"
#include "daemon/session/visit.h"
#include "daemon/ssh/forward_open.h"
#include "daemon/ssh/tasks.h"

namespace sallyport::session {

/// What `ssh -J` carries inside one connection: each forward to a host's SSH port ends here as a connection
/// of its own, whose operator is known already.
class Jumps {
 public:
    /// `outer` outlives this.
    explicit Jumps(const Visit& outer) : outer_(outer), tasks_(*outer.wire) {}

    /// Takes the forward if it is a jump: to a host that the operator may reach, or else to the port of SSH
    /// unless a session `may_carry` it there.
    [[nodiscard]] bool take(ssh::ForwardOpen& open, bool may_carry);
    [[nodiscard]] bool is_busy() const noexcept { return !tasks_.is_empty(); }
    /// Returns when all have ended; after the outer door has disconnected that is soon.
    [[nodiscard]] boost::asio::awaitable<void> finish() { return tasks_.finish(); }

 private:
    boost::asio::awaitable<void> carry(std::unique_ptr<ssh::Channel> channel, Address place);
    boost::asio::awaitable<void> serve(runtime::Descriptor fd, Address place);

    const Visit& outer_;
    ssh::Tasks tasks_;
};

}  // namespace sallyport::session
