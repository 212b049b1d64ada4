// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "policy/rules.h"

namespace sallyport::cli {
namespace {

/// Names that can only be reached by an alias, for their letters mean something in an address.
void list_odd_names(const Rules& rules) {
    for (const auto& workspace : rules.workspaces) {
        for (const auto& [name, host] : workspace->inventory.hosts) {
            if (name.find_first_of("@%+/") != std::string::npos)
                std::cout << "note: " << workspace->settings.name << ": the host " << name
                          << " needs an alias to be typed\n";
            if (!host.unusable.empty())
                std::cout << "note: the host " << name << " is unusable: " << host.unusable << '\n';
        }
    }
}

}  // namespace

void add_config(CLI::App& app, Common&, Run& run) {
    struct Files {
        std::string config = "/etc/sallyport/sallyport.yml";
        std::string policy = "/etc/sallyport/policy.yml";
    };
    const auto files = std::make_shared<Files>();
    CLI::App* config = app.add_subcommand("config", "the daemon's configuration");
    config->require_subcommand(1);
    CLI::App* check =
        config->add_subcommand("check", "check config, policy and workspaces as the daemon's start does");
    check->add_option("--config", files->config)->capture_default_str();
    check->add_option("--policy", files->policy)->capture_default_str();
    check->callback([&run, files] {
        run = [files] {
            const Loaded loaded = load_rules(files->config, files->policy, {}, nullptr);
            if (!loaded.faults.empty()) {
                std::cerr << to_text(loaded.faults) << '\n';
                return 1;
            }
            list_odd_names(*loaded.rules);
            std::cout << "config, policy and workspaces are in order\n";
            return 0;
        };
    });
}

}  // namespace sallyport::cli
