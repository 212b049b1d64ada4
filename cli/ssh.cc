// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/commands.h"

namespace sallyport::cli {

void add_ssh(CLI::App& app, Common& common, Run& run) {
    struct Words {
        std::string target;
        std::vector<std::string> command;
    };
    const auto words = std::make_shared<Words>();
    CLI::App* ssh = app.add_subcommand("ssh", "go to a host through the bastion, by the system's ssh");
    ssh->add_option("TARGET", words->target, "[LOGIN@][WORKSPACE+]HOST")->required();
    ssh->add_option("COMMAND", words->command, "what to run there (after --)");
    ssh->add_option("-o", common.bastion.ssh_options, "an option for ssh, as ssh -o takes it")
        ->allow_extra_args(false)
        ->each([&common](const std::string&) {
            // Each value stands behind an -o of its own.
            auto& options = common.bastion.ssh_options;
            options.insert(options.end() - 1, "-o");
        });
    ssh->positionals_at_end();
    ssh->callback([&common, &run, words] {
        run = [&common, words]() -> int {
            common.bastion.complete();
            auto command = common.bastion.ssh_command();
            command.push_back(words->target + "@" + common.bastion.host);
            command.insert(command.end(), words->command.begin(), words->command.end());
            execute(command);
        };
    });
}

}  // namespace sallyport::cli
