// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iostream>

#include "cli/api.h"
#include "cli/commands.h"

namespace sallyport::cli {
namespace {

constexpr unsigned patience = 3;  // seconds in which someone who pressed Tab still waits

/// Whether a name can stand in any shell as it is: what cannot is typed by hand, or has an alias.
bool is_plain(const std::string& name) {
    return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("._+:-@").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

/// Nobody is to be asked anything, nor told what failed, in the middle of a command line.
void be_quiet_and_quick(Bastion& bastion) {
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere >= 0) {
        ::dup2(nowhere, STDIN_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
    }
    ::alarm(patience);
    const char* const first[] = {"-o", "BatchMode=yes", "-o", "ConnectTimeout=2"};
    bastion.ssh_options.insert(bastion.ssh_options.begin(), std::begin(first), std::end(first));
}

}  // namespace

void add_complete(CLI::App& app, Common& common, Run& run) {
    CLI::App* names =
        app.add_subcommand("complete-hosts", "names of hosts, one a line, for a shell's completion");
    names->group("");  // not in --help
    names->callback([&] {
        run = [&common] {
            be_quiet_and_quick(common.bastion);
            common.bastion.complete();
            Api api(common.bastion);
            api.each("/api/v1/hosts/", [](const Json& host) {
                const std::string name = host.value("address", std::string());
                if (is_plain(name)) std::cout << name << '\n';
                return true;
            });
            return 0;
        };
    });
}

}  // namespace sallyport::cli
