// SPDX-License-Identifier: Apache-2.0
#include "cli/config_ssh.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <string_view>

#include "cli/print.h"
#include "common/error.h"
#include "common/escape.h"
#include "config/fault.h"
#include "config/known_hosts.h"

namespace sallyport::cli {
namespace {

constexpr std::uint16_t usual_port = 2222;

/// How many hosts are at an address: only one that is alone there can be meant by it.
std::map<std::string, int> count_by_address(const std::vector<Json>& hosts) {
    std::map<std::string, int> out;
    for (const Json& host : hosts) ++out[cell(host, "ansible_host")];
    return out;
}

std::string entry(const Json& host, bool has_own_address) {
    const std::string typed = cell(host, "address");
    const std::string name = cell(host, "inventory_name");
    const std::string address = cell(host, "ansible_host");
    const std::string user = cell(host, "user");
    const std::string workspace = cell(host, "workspace");
    if (!is_ssh_word(typed) || !is_ssh_word(name) || !is_ssh_word(workspace) || host.contains("unusable"))
        return "# left out: " + escaped(name) +
               (host.contains("unusable") ? ", which cannot be reached by SSH"
                                          : ", whose name ssh would not take as it is") +
               "\n\n";
    std::string out = "Host " + typed;
    if (has_own_address && address != name && is_ssh_word(address)) out += " " + address;
    if (typed != name) out += "\n  HostName " + name;
    out += "\n  ProxyJump " + workspace + "+@sallyport-bastion";
    if (is_ssh_word(user)) out += "\n  User " + user;
    return out + "\n\n";
}

}  // namespace

bool is_ssh_word(std::string_view text) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._:+-").find(c) != std::string_view::npos;
    };
    return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), is_plain);
}

std::string known_hosts_of(const Bastion& bastion) {
    if (!bastion.known_hosts.empty()) return bastion.known_hosts;
    const char* home = std::getenv("HOME");
    return std::string(home != nullptr ? home : "") + "/.ssh/known_hosts";
}

std::string ssh_config_for(const std::vector<Json>& hosts, const Bastion& bastion, const std::string& keys) {
    std::string out =
        "# Written by `sallyport config ssh`; it is written anew, so change nothing here.\n"
        "# Have it read by a line at the top of ~/.ssh/config:  Include THIS-FILE\n\n"
        "Host sallyport-bastion\n  HostName " +
        bastion.host + "\n  Port " + (bastion.port.empty() ? "22" : bastion.port) + "\n";
    if (!bastion.known_hosts.empty())
        out += "  UserKnownHostsFile " + as_ssh_reads(bastion.known_hosts) + "\n";
    out += "\n";
    const auto at = count_by_address(hosts);
    std::string names;
    for (const Json& host : hosts) {
        const std::string one = entry(host, at.at(cell(host, "ansible_host")) == 1);
        out += one;
        if (one.starts_with("Host ")) names += " " + one.substr(5, one.find('\n') - 5);
    }
    // Every target shows the bastion's key: for them alone, or it would break every other host.
    if (!names.empty())
        out += "Host" + names + "\n  HostKeyAlias " + targets_alias + "\n  UserKnownHostsFile " +
               as_ssh_reads(keys) + "\n  CheckHostIP no\n";
    return out;
}

std::string target_keys(const std::string& known_hosts, const std::string& host, const std::string& port) {
    std::uint16_t number = usual_port;
    std::from_chars(port.data(), port.data() + port.size(), number);
    std::string out;
    for (const HostKey& key : KnownHosts(read_file(known_hosts)).lookup(host, number).keys)
        out += std::string(targets_alias) + " " + key.type + " " + key.base64 + "\n";
    if (out.empty())
        throw Error(Code::config, escaped(known_hosts) + " does not know " + escaped(host) +
                                      ": run `sallyport setup " + escaped(host) + "` first");
    return out;
}

}  // namespace sallyport::cli
