// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/print.h"
#include "policy/address.h"
#include "policy/rules.h"

namespace sallyport::cli {
namespace {

/// Names that can only be reached by an alias, for their letters mean something in an address.
void list_odd_names(const Rules& rules) {
    for (const auto& workspace : rules.workspaces) {
        for (const auto& [name, host] : workspace->inventory.hosts) {
            if (!is_plain_name(name))
                std::cout << "note: " << workspace->settings.name << ": the host " << name
                          << " needs an alias to be typed\n";
            if (!host.unusable.empty())
                std::cout << "note: the host " << name << " is unusable: " << host.unusable << '\n';
        }
    }
}

int check(const Common& common, const std::string& config, const std::string& policy) {
    const Loaded loaded = load_rules(config, policy, {}, nullptr);
    if (common.is_json) {
        Json out = {{"in_order", loaded.faults.empty()}, {"faults", Json::array()}};
        for (const Fault& fault : loaded.faults)
            out["faults"].push_back({{"file", fault.file}, {"line", fault.line}, {"text", fault.text}});
        print_json(out);
        return loaded.faults.empty() ? 0 : 1;
    }
    if (!loaded.faults.empty()) {
        std::cerr << to_text(loaded.faults) << '\n';
        return 1;
    }
    list_odd_names(*loaded.rules);
    std::cout << "config, policy and workspaces are in order\n";
    return 0;
}

}  // namespace

void add_config(CLI::App& app, Common& common, Run& run) {
    struct Files {
        std::string config = "/etc/sallyport/sallyport.yml";
        std::string policy;
    };
    const auto files = std::make_shared<Files>();
    CLI::App* config = app.add_subcommand("config", "the daemon's configuration");
    config->require_subcommand(1);
    CLI::App* check =
        config->add_subcommand("check", "check config, policy and workspaces as the daemon's start does");
    check->add_option("--config", files->config, "the daemon's settings, sallyport.yml")
        ->capture_default_str();
    check->add_option("--policy", files->policy, "policy.yml (default: beside the config)");
    check->callback([&common, &run, files] {
        run = [&common, files] {
            const auto beside = std::filesystem::path(files->config).parent_path() / "policy.yml";
            return cli::check(common, files->config, files->policy.empty() ? beside.string() : files->policy);
        };
    });
}

}  // namespace sallyport::cli
