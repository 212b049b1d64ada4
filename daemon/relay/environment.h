// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace sallyport::relay {

/// How many variables a target is asked to set for one channel; each costs a round trip.
inline constexpr std::size_t max_env = 8;

/// Whether a variable is passed on: language and locale, and what git says of its protocol.
[[nodiscard]] bool is_env_allowed(const std::string& name);

}  // namespace sallyport::relay
