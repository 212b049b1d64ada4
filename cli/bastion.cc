// SPDX-License-Identifier: Apache-2.0
#include "cli/bastion.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "common/error.h"
#include "config/cli_config.h"

namespace sallyport::cli {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

void fill(std::string& value, const std::string& other) {
    if (value.empty()) value = other;
}

}  // namespace

std::string as_ssh_reads(const std::string& path) {
    std::string out = "\"";
    for (const char c : path) out += c == '%' ? "%%" : std::string(1, c);
    return out + "\"";
}

std::string config_folder() {
    const std::string base = environment("XDG_CONFIG_HOME");
    if (base.empty() && environment("HOME").empty())
        throw Error(Code::config, "neither HOME nor XDG_CONFIG_HOME is set; set one of them");
    return (base.empty() ? environment("HOME") + "/.config" : base) + "/sallyport";
}

void Bastion::complete() {
    fill(host, environment("SALLYPORT_BASTION"));
    fill(port, environment("SALLYPORT_PORT"));
    fill(known_hosts, environment("SALLYPORT_KNOWN_HOSTS"));
    std::istringstream words(environment("SALLYPORT_SSH_OPTIONS"));
    for (std::string word; words >> word;) ssh_options.push_back(word);
    const std::string file = config_folder() + "/config.yml";
    if (std::filesystem::exists(file)) {
        Faults faults;
        const CliConfig config = parse_cli_config(read_file(file), file, faults);
        if (!faults.empty()) throw Error(Code::config, to_text(faults));
        fill(host, config.bastion);
        fill(port, config.port);
        fill(known_hosts, config.known_hosts);
    }
    if (host.empty())
        throw Error(Code::config, "which bastion? Run `sallyport setup BASTION`, or give --bastion");
    if (host.front() == '-') throw Error(Code::config, "a bastion's name does not begin with -");
}

std::vector<std::string> Bastion::ssh_command() const {
    std::vector<std::string> out = {"ssh"};
    if (!port.empty()) out.insert(out.end(), {"-p", port});
    if (!known_hosts.empty())
        out.insert(out.end(), {"-o", "UserKnownHostsFile=" + as_ssh_reads(known_hosts)});
    out.insert(out.end(), ssh_options.begin(), ssh_options.end());
    return out;
}

void unshare_stderr() noexcept {
    const int own = ::open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_CLOEXEC);
    if (own >= 0) (void)::dup2(own, STDERR_FILENO);
}

void execute(const std::vector<std::string>& command) {
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
    throw Error(Code::io, "run " + command[0] + ": " + os_error(errno));
}

}  // namespace sallyport::cli
