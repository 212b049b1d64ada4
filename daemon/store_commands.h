// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/options.h"

namespace sallyport {

/// `sallyportd store export|verify|backup|restore`, as the daemon's own user. Returns the exit code.
[[nodiscard]] int run_store_command(const Options& options, const DaemonConfig& config);

}  // namespace sallyport
