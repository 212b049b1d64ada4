// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <sstream>

#include "cli/commands.h"
#include "cli/tool.h"
#include "common/error.h"
#include "common/escape.h"
#include "common/private_file.h"
#include "config/cli_config.h"
#include "config/public_key.h"

namespace sallyport::cli {
namespace {

/// The known_hosts lines that the bastion shows, each with its fingerprint told to the person.
std::string scan(const std::string& host, const std::string& port) {
    std::istringstream lines(
        output_of({.command = {"ssh-keyscan", "-T", "10", "-p", port, "-t", "ed25519,rsa,ecdsa", "--", host}})
            .text);
    std::string known;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.find(' ');
        std::string why;
        const auto key =
            space == std::string::npos ? std::nullopt : parse_public_key(line.substr(space + 1), why);
        if (!key) continue;
        std::cout << "  " << key->fingerprint << "  " << key->type << '\n';
        known += line + "\n";
    }
    if (known.empty())
        throw Error(Code::unreachable,
                    escaped(host) + " shows no host key on port " + port + "; is it the bastion?");
    return known;
}

/// The host keys that the bastion names over a connection that a line of `bastion.known_hosts` vouches for.
/// No setting of ssh's can make another connection do: of two, ssh takes the first.
std::vector<PublicKey> ask_for_keys(const Bastion& bastion) {
    std::vector<std::string> command = {"ssh"};
    for (const char* strict : {"StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null",
                               "KnownHostsCommand=none", "VerifyHostKeyDNS=no", "UpdateHostKeys=no",
                               "NoHostAuthenticationForLocalhost=no", "ControlPath=none", "ControlMaster=no"})
        command.insert(command.end(), {"-o", strict});
    const auto usual = bastion.ssh_command();
    command.insert(command.end(), usual.begin() + 1, usual.end());
    command.insert(command.end(), {"-T", "--", "sallyport@" + bastion.host, "keys"});
    const Output shown = output_of({.command = command});
    std::vector<PublicKey> keys;
    std::string why;
    std::istringstream lines(shown.text);
    for (std::string line; std::getline(lines, line);) {
        auto key = parse_public_key(line, why);
        if (!key)
            throw Error(Code::protocol,
                        "the bastion names a key that is none: " + why + "; nothing was changed");
        keys.push_back(std::move(*key));
    }
    if (!shown.is_good || keys.empty())
        throw Error(Code::unreachable,
                    escaped(bastion.host) +
                        " was not asked: ssh says why. Nothing was changed. If none of its host keys is "
                        "known here any more, run `sallyport setup " +
                        escaped(bastion.host) + "` and compare the fingerprints");
    return keys;
}

/// Lines of `file` that are not of the bastion `name`.
std::string lines_of_others(const std::string& file, const std::string& name) {
    std::istringstream lines(read_file(file));
    std::string out;
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with(name + " ")) out += line + "\n";
    return out;
}

int refresh(Bastion bastion) {
    bastion.complete();
    if (bastion.known_hosts.empty())
        throw Error(Code::config,
                    "no file of host keys is written down; run `sallyport setup BASTION` first");
    const bool is_usual = bastion.port.empty() || bastion.port == "22";
    const std::string name = is_usual ? bastion.host : "[" + bastion.host + "]:" + bastion.port;
    std::string known = lines_of_others(bastion.known_hosts, name);
    for (const PublicKey& key : ask_for_keys(bastion)) {
        std::cout << "  " << key.fingerprint << "  " << key.type << '\n';
        known += name + " " + key.type + " " + key.base64 + "\n";
    }
    write_private(bastion.known_hosts, known);
    std::cout << "These are the host keys of " << escaped(bastion.host) << " now; written to "
              << bastion.known_hosts << ".\n";
    std::cout << "If you use `sallyport config ssh`, run it again.\n";
    return 0;
}

bool is_confirmed() {
    std::cout << "Compare with `sallyportd fingerprint` on the bastion. Is it the same? (yes/no) "
              << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "yes";
}

}  // namespace

void add_setup(CLI::App& app, Common& common, Run& run) {
    struct Words {
        std::string bastion;
        bool is_sure = false;
        bool is_refresh = false;
    };
    const auto words = std::make_shared<Words>();
    CLI::App* setup = app.add_subcommand("setup", "write down where the bastion is, and its host key");
    setup->add_option("BASTION", words->bastion, "name or address");
    setup->add_flag("--yes", words->is_sure, "the fingerprint was compared already");
    setup->add_flag("--refresh", words->is_refresh,
                    "take the host keys of now, for which a known one vouches");
    setup->callback([&common, &run, words] {
        run = [&common, words] {
            if (words->is_refresh && words->bastion.empty()) return refresh(common.bastion);
            if (words->bastion.empty() || words->is_refresh)
                throw Error(Code::input,
                            "write sallyport setup BASTION, or sallyport setup --refresh without a name");
            if (words->bastion.find_first_of("\"\\\n") != std::string::npos ||
                words->bastion.starts_with("-"))
                throw Error(Code::input, "this is no name of a bastion");
            const char* named = std::getenv("SALLYPORT_PORT");
            const std::string usual = named != nullptr ? named : "2222";
            const std::string port = common.bastion.port.empty() ? usual : common.bastion.port;
            std::cout << "The host keys of " << escaped(words->bastion) << ", port " << port << ":\n";
            const std::string known = scan(words->bastion, port);
            if (!words->is_sure && !is_confirmed()) {
                std::cout << "Nothing was written.\n";
                return 1;
            }
            const std::string folder = config_folder();
            ::umask(0077);
            std::filesystem::create_directories(folder);
            write_private(folder + "/known_hosts", known);
            write_private(folder + "/config.yml",
                          dump(CliConfig{words->bastion, port, folder + "/known_hosts"}));
            std::cout << "Written to " << folder << ". Try: sallyport hosts\n";
            return 0;
        };
    });
}

}  // namespace sallyport::cli
