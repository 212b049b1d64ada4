// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/config_ssh.h"
#include "cli/print.h"
#include "common/private_file.h"
#include "policy/address.h"
#include "policy/rules.h"

namespace sallyport::cli {
namespace {

/// Names that can only be reached by an alias, for their letters mean something in an address.
void list_odd_names(const Rules& rules) {
    for (const auto& workspace : rules.workspaces) {
        for (const Fault& note : workspace->notes) std::cout << "note: " << to_text(note) << '\n';
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

/// Writes both files into the CLI's own folder, or shows the first.
int write_ssh_config(Bastion& bastion, bool is_shown) {
    bastion.complete();
    Api api(bastion);
    std::vector<Json> hosts;
    api.each("/api/v1/hosts/", [&](const Json& host) {
        hosts.push_back(host);
        return true;
    });
    const std::string folder = config_folder();
    const std::string keys = folder + "/known_hosts_targets";
    const std::string text = ssh_config_for(hosts, bastion, keys);
    if (is_shown) {
        std::cout << text;
        return 0;
    }
    const std::string lines = target_keys(known_hosts_of(bastion), bastion.host, bastion.port);
    ::umask(0077);
    std::filesystem::create_directories(folder);
    write_private(keys, lines);
    write_private(folder + "/ssh_config", text);
    std::cout << hosts.size() << " hosts in " << folder << "/ssh_config.\n"
              << "To have plain `ssh HOST` go through the bastion, put this at the top of ~/.ssh/config:\n"
              << "Include " << as_ssh_reads(folder + "/ssh_config") << '\n';
    return 0;
}

void add_ssh_config(CLI::App& config, Common& common, Run& run) {
    const auto is_shown = std::make_shared<bool>(false);
    CLI::App* ssh = config.add_subcommand(
        "ssh", "have plain ssh, scp, rsync, git and Ansible go through the bastion: lines for ~/.ssh/config");
    ssh->add_flag("--print", *is_shown, "show them, and write nothing");
    ssh->callback([&common, &run, is_shown] {
        run = [&common, is_shown] { return write_ssh_config(common.bastion, *is_shown); };
    });
}

}  // namespace

void add_config(CLI::App& app, Common& common, Run& run) {
    struct Files {
        std::string config = "/etc/sallyport/sallyport.yml";
        std::string policy;
    };
    const auto files = std::make_shared<Files>();
    CLI::App* config = app.add_subcommand("config", "the configuration of the daemon, and of your own ssh");
    config->require_subcommand(1);
    add_ssh_config(*config, common, run);
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
