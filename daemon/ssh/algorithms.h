// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace sallyport::ssh {

/// The algorithms of both legs, in order of preference. Group 16, group 18 and group exchange are absent:
/// with them a stranger burns 13 to 176 ms of our CPU a try. Nothing with SHA-1, no CBC, no compression.
struct Algorithms {
    const char* key_exchange;
    const char* ciphers;
    const char* macs;
    const char* signatures;  // of public keys, RSA with SHA-2 only
};

/// `plain_too`: after all others, for clients that know neither an authenticating cipher nor
/// encrypt-then-MAC.
enum class Macs { etm, plain_too };

[[nodiscard]] Algorithms operator_side(Macs macs = Macs::etm);
[[nodiscard]] Algorithms target_side();

}  // namespace sallyport::ssh
