// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/bastion.h"

namespace sallyport::cli {

/// What every command shares.
struct Common {
    Bastion bastion;
    bool is_json = false;
    bool is_utc = false;
};

/// Adds one command with its options; `run` is set to what it does, which gives the exit code.
using Run = std::function<int()>;
using AddCommand = void (*)(CLI::App& app, Common& common, Run& run);

void add_ssh(CLI::App& app, Common& common, Run& run);
void add_run(CLI::App& app, Common& common, Run& run);
void add_runs(CLI::App& app, Common& common, Run& run);
void add_timeline(CLI::App& app, Common& common, Run& run);
void add_instances(CLI::App& app, Common& common, Run& run);
void add_setup(CLI::App& app, Common& common, Run& run);
void add_hosts(CLI::App& app, Common& common, Run& run);
void add_sessions(CLI::App& app, Common& common, Run& run);
void add_audit(CLI::App& app, Common& common, Run& run);
void add_config(CLI::App& app, Common& common, Run& run);
void add_complete(CLI::App& app, Common& common, Run& run);  // hidden: for completion by a shell

}  // namespace sallyport::cli
