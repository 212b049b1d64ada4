// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sallyport::runtime {

/// Whether somebody keeps this machine's clock right, as the kernel knows it (adjtimex(2)).
enum class ClockSync { synchronised, unsynchronised, unknown };

[[nodiscard]] ClockSync clock_sync();
[[nodiscard]] std::string to_text(ClockSync sync);

/// What the kernel's answer means: its return code, and the status that it gave.
[[nodiscard]] ClockSync judge_clock(int rc, int status);

}  // namespace sallyport::runtime
