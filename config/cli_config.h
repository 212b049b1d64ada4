// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/fault.h"

namespace sallyport {

/// Where the bastion is: `~/.config/sallyport/config.yml`.
struct CliConfig {
    std::string bastion;  // name or address; empty if nothing is said
    std::string port;
    std::string known_hosts;        // file with the bastion's key; empty: the user's own
    std::string hostname = "full";  // how this machine is named in the record: full, or hashed
};

[[nodiscard]] CliConfig parse_cli_config(const std::string& text, const std::string& file, Faults& faults);
[[nodiscard]] std::string dump(const CliConfig& config);

}  // namespace sallyport
