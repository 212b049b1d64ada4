// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace sallyport::ssh {

/// Proves, between two sessions in this process, that the linked libssh refuses an AES-GCM packet with a
/// flipped bit. Throws Error{Code::config} if it delivers one (CVE-2026-59847): such a build must not run.
void check_that_tags_are_enforced();

}  // namespace sallyport::ssh
