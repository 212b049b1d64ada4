// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string_view>

#include "cli/commands.h"
#include "cli/instance.h"
#include "cli/run_folder.h"
#include "cli/tool.h"
#include "common/error.h"

namespace sallyport::cli {
namespace {

constexpr std::string_view with_value = "BbcDEeFIiJLlmOopPQRSWw";  // ssh's options that take one

/// Where the target stands among ssh's own words: behind its options.
std::size_t place_of_target(const std::vector<std::string>& words) {
    for (std::size_t at = 0; at < words.size(); ++at) {
        const std::string& word = words[at];
        if (word.size() < 2 || word[0] != '-') return at;
        if (word == "--") return at + 1;
        if (word.starts_with("--"))
            throw Error(Code::input,
                        word + ": write options of sallyport before `ssh`, and after it those of ssh");
        const std::size_t value = word.find_first_of(with_value, 1);
        if (value != std::string::npos && word[value] == 'l')
            throw Error(Code::input,
                        "write LOGIN@HOST in place of -l: the bastion takes the target from the name");
        if (value != std::string::npos && value + 1 == word.size()) ++at;
    }
    return words.size();
}

/// A key of this session's own, by which its record names this installation. Absent, in words, if the bastion
/// takes none: the operator's own key opens the same.
std::unique_ptr<RunFolder> session_key(const Bastion& bastion) {
    try {
        auto folder = std::make_unique<RunFolder>();
        const std::string key = folder->make_key();
        const Instance instance = this_instance();
        Api api(bastion);
        report(api, instance, "");
        (void)api.post("/api/v1/cli/session-keys/",
                       Json{{"cli_instance_id", instance.id}, {"public_key", key}});
        return folder;
    } catch (const Error& error) {
        if (error.code() == Code::unreachable) throw;
        std::cerr << "sallyport: the record will not name this installation: " << error.what() << '\n';
        return nullptr;
    }
}

}  // namespace

void add_ssh(CLI::App& app, Common& common, Run& run) {
    CLI::App* ssh = app.add_subcommand("ssh", "go to a host through the bastion, by the system's ssh");
    ssh->footer(
        "sallyport ssh [OPTIONS OF SSH] [LOGIN@][WORKSPACE+]HOST [-- COMMAND...]\n"
        "All of it is passed on to ssh, whose exit code is returned; see ssh(1) for its options.");
    ssh->prefix_command()->fallthrough(false);
    ssh->callback([&common, &run, ssh] {
        run = [&common, ssh]() -> int {
            auto words = ssh->remaining();
            const std::size_t at = place_of_target(words);
            if (at >= words.size() || words[at].empty())
                throw Error(Code::input,
                            "which host? Write sallyport ssh [LOGIN@]HOST; `sallyport hosts` lists them");
            common.bastion.complete();
            words[at] += "@" + common.bastion.host;
            auto command = common.bastion.ssh_command();
            const auto key = session_key(common.bastion);
            if (key)
                command.insert(command.begin() + 1, {"-i", key->path("key"), "-o", "IdentitiesOnly=yes", "-o",
                                                     "IdentityAgent=none"});
            command.insert(command.end(), words.begin(), words.end());
            return run_in_foreground({.command = command}).exit_code;
        };
    });
}

}  // namespace sallyport::cli
