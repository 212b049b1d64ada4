// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/dropped_requests.h"

namespace sallyport::ssh {
namespace {

// RFC 4252 §7 with empty names: the type, five lengths, "ssh-connection", "publickey" and a boolean.
constexpr std::uint64_t smallest_request = 1 + 5 * 4 + 14 + 9 + 1;

}  // namespace

void DroppedRequests::compare(const ssh_counter_struct& came) {
    const std::uint64_t bytes = came.in_bytes - bytes_;
    // A client waits for each answer, so what comes with a message is no request.
    if (kept_ && taken_ == 0 && bytes >= smallest_request) is_waiting_ = true;
    bytes_ = came.in_bytes;
    taken_ = 0;
}

}  // namespace sallyport::ssh
