// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/api.h"

namespace sallyport::cli {

/// This installation of the CLI, as the record knows it.
struct Instance {
    std::string id;  // cli- and 16 hex digits, made once and kept beside the config
    std::string cli_version;
    std::string os;
    std::string arch;
    std::string hostname;  // or
    std::string host_id;   // a keyed hash of it, where the config says hashed
};

/// Throws Error{Code::io}, {config}.
[[nodiscard]] Instance this_instance();

/// Tells the bastion of it, in a workspace if one is named.
void report(Api& api, const Instance& instance, const std::string& workspace);

}  // namespace sallyport::cli
