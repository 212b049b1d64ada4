// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libssh/callbacks.h>

namespace sallyport::ssh {

/// A channel that we have closed and the peer has not: what still comes is thrown away as it comes, for
/// libssh would keep a whole window of it (2 MiB) until the peer's CLOSE (RFC 4254 §5.3), which may never
/// come.
class PartingChannel {
 public:
    /// Takes `channel`, whose session outlives this.
    explicit PartingChannel(ssh_channel channel);
    ~PartingChannel();
    PartingChannel(const PartingChannel&) = delete;
    PartingChannel& operator=(const PartingChannel&) = delete;

    [[nodiscard]] bool got_close() const noexcept { return got_close_; }

 private:
    ssh_channel channel_;
    ssh_channel_callbacks_struct callbacks_{};
    bool got_close_ = false;
};

}  // namespace sallyport::ssh
