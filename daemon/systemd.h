// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

/// What systemd is told where it started us (sd_notify(3)); elsewhere nothing happens.
namespace sallyport::systemd {

void ready();
void reloading();

/// The stop may take `longest`, even if that is more than the unit's TimeoutStopSec.
void stopping(std::chrono::seconds longest);

}  // namespace sallyport::systemd
