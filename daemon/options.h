// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "policy/rules.h"

namespace sallyport {

/// What the command line asks of sallyportd.
struct Options {
    enum class Command {
        serve,
        check,
        dump_config,
        fingerprint,
        store_export,
        store_verify,
        store_backup,
        store_restore
    };
    Command command = Command::serve;
    std::string config = "/etc/sallyport/sallyport.yml";
    std::string policy;  // beside the config unless named
    Overrides overrides;
    std::string reason;  // of `store restore`
    std::string backup;  // folder of `store backup` and `store restore`; empty: put back by hand
    bool is_verbose = false;
};

/// Reads the command line. Exits by itself after --help, --version or a mistake, as `exit_code` then says.
[[nodiscard]] Options parse_options(int argc, char** argv);

}  // namespace sallyport
