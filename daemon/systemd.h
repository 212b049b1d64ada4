// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

/// What systemd is told where it started us (sd_notify(3)); elsewhere nothing happens.
namespace sallyport::systemd {

void ready();
void reloading();

/// How long systemd waits at most for the next `alive`; absent where nobody watches.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog();
void alive();

/// The stop may take `longest`, even if that is more than the unit's TimeoutStopSec.
void stopping(std::chrono::seconds longest);

}  // namespace sallyport::systemd
