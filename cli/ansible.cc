// SPDX-License-Identifier: Apache-2.0
#include "cli/ansible.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/error.h"
#include "common/json.h"

namespace sallyport::cli {
namespace {

// What tasks came to, told line by line. A task counts as having reached its host only where a module ran
// there: what Ansible does by itself (debug, set_fact, a condition that cannot be evaluated) reaches nobody.
constexpr const char* callback = R"(# SPDX-License-Identifier: Apache-2.0
DOCUMENTATION = """
name: sallyport
type: notification
short_description: Tells the bastion's record what tasks came to on which host
description: Host, task and status; never what a task returned.
"""
import json
import os

from ansible.plugins.callback import CallbackBase

BY_ITSELF = {"add_host", "assert", "debug", "fail", "group_by", "include_vars", "meta", "pause", "set_fact", "set_stats",
             "include_tasks", "include_role", "import_tasks", "import_role", "validate_argument_spec"}


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "sallyport"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.out = open(os.environ["SALLYPORT_RESULTS"], "a", buffering=1, encoding="utf-8")

    def tell(self, result, status):
        task, returned = result._task, result._result
        if task.action.rsplit(".", 1)[-1] in BY_ITSELF and status != "failed":
            return
        delegated = (returned.get("_ansible_delegated_vars") or {}).get("ansible_delegated_host")
        one = {"host": delegated or result._host.get_name(), "task": task.get_name()[:200], "status": status}
        facts = returned.get("ansible_facts")
        if isinstance(facts, dict) and isinstance(facts.get("ansible_hostname"), str):
            one["hostname"] = facts["ansible_hostname"]
        self.out.write(json.dumps(one) + "\n")

    def v2_runner_on_ok(self, result):
        self.tell(result, "changed" if result._result.get("changed") else "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        ran = {"invocation", "rc", "module_stdout", "module_stderr", "stdout", "checksum", "results"}
        self.tell(result, "failed" if ran & set(result._result) else "error")

    def v2_runner_on_unreachable(self, result):
        self.tell(result, "unreachable")

    def v2_runner_on_skipped(self, result):
        self.tell(result, "skipped")
)";

constexpr const char* own_ssh_words[] = {"ansible_ssh_common_args", "ansible_ssh_extra_args",
                                         "ansible_ssh_args",        "ansible_ssh_executable",
                                         "ansible_sftp_extra_args", "ansible_scp_extra_args"};

/// What in a host's variables would lead its tasks another way; empty if nothing does.
std::string detour_of(const Json& variables) {
    const std::string connection = variables.value("ansible_connection", Json("ssh")).dump();
    if (connection != "\"ssh\"" && connection != "\"smart\"")
        return "ansible_connection: " + connection.substr(1, connection.size() - 2);
    for (const char* name : own_ssh_words) {
        if (!variables.contains(name)) continue;
        const Json& value = variables[name];
        if (!value.is_string() || !value.get_ref<const std::string&>().empty())
            return std::string(name) + " of its own";
    }
    return {};
}

/// A path as one word where Ansible splits words as a shell does.
std::string quoted(const std::string& path) {
    std::string out = "'";
    for (const char c : path) out += c == '\'' ? std::string("'\"'\"'") : std::string(1, c);
    return out + "'";
}

}  // namespace

Survey survey(const std::string& inventory, const std::string& folder) {
    const Output listed =
        output_of({.command = {"ansible-inventory", "-i", inventory, "--playbook-dir", folder, "--list"},
                   .environment = {},
                   .folder = folder});
    if (!listed.is_good)
        throw Error(Code::config,
                    "ansible-inventory does not say where " + inventory + " leads; its words are above");
    Survey out;
    Json root;
    try {
        root = Json::parse(listed.text);
    } catch (const Json::exception&) {
        throw Error(Code::config, "what ansible-inventory says of " + inventory + " is no JSON");
    }
    const Json variables = root.value("_meta", Json::object()).value("hostvars", Json::object());
    for (const auto& [name, group] : root.items()) {
        if (name == "_meta" || !group.is_object()) continue;
        for (const Json& host : group.value("hosts", Json::array()))
            if (host.is_string()) out.hosts.push_back(host.get<std::string>());
    }
    std::sort(out.hosts.begin(), out.hosts.end());
    out.hosts.erase(std::unique(out.hosts.begin(), out.hosts.end()), out.hosts.end());
    for (const std::string& host : out.hosts) {
        const std::string detour = variables.contains(host) ? detour_of(variables[host]) : "";
        if (!detour.empty()) out.detours.emplace(host, detour);
    }
    return out;
}

Tool playbook_tool(const RunFolder& run, const std::string& playbook, const std::string& folder,
                   const std::string& inventory, const AnsibleOptions& options) {
    // Extra variables beat every other place: with one left to an inventory, a run could pass the bastion by
    // and report success.
    Json way = {{"ansible_ssh_common_args", "-F " + quoted(run.path("ssh_config"))},
                {"ansible_ssh_args", "-C -o ControlMaster=auto -o ControlPersist=60s"},
                {"ansible_ssh_executable", "ssh"},
                {"ansible_host_key_checking", true},
                {"ansible_ssh_host_key_checking", true}};
    for (const char* name : {"ansible_ssh_extra_args", "ansible_sftp_extra_args", "ansible_scp_extra_args"})
        way[name] = "";
    std::filesystem::create_directory(run.path("callback"));
    run.write("callback/sallyport.py", callback);
    run.write("results", "");
    Tool tool;
    tool.folder = folder;
    tool.command = {"ansible-playbook",
                    "-i",
                    inventory,
                    "-e",
                    "@" + run.path("snapshot.yml"),
                    "-e",
                    "@" + run.write("way.json", way.dump())};
    const auto pass = [&](const char* option, const std::string& value) {
        if (!value.empty()) tool.command.insert(tool.command.end(), {option, value});
    };
    pass("--limit", options.limit);
    pass("--tags", options.tags);
    pass("--skip-tags", options.skip_tags);
    if (options.is_check) tool.command.push_back("--check");
    if (options.is_diff) tool.command.push_back("--diff");
    tool.command.insert(tool.command.end(), options.more.begin(), options.more.end());
    tool.command.push_back(playbook);
    const auto beside = [](const char* name, const std::string& ours, char between) {
        const char* theirs = std::getenv(name);
        return theirs == nullptr || theirs[0] == '\0' ? ours : std::string(theirs) + between + ours;
    };
    tool.environment = {
        {"ANSIBLE_CALLBACK_PLUGINS", beside("ANSIBLE_CALLBACK_PLUGINS", run.path("callback"), ':')},
        {"ANSIBLE_CALLBACKS_ENABLED", beside("ANSIBLE_CALLBACKS_ENABLED", "sallyport", ',')},
        {"ANSIBLE_SSH_CONTROL_PATH_DIR", run.path("t")},
        {"ANSIBLE_HOST_KEY_CHECKING", "True"},
        {"SALLYPORT_RESULTS", run.path("results")}};
    return tool;
}

std::string ansible_version() {
    std::string text = output_of({.command = {"ansible-playbook", "--version"}}).text;
    text = text.substr(0, text.find('\n'));
    const std::size_t begin = text.find_first_of("0123456789");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_first_not_of("0123456789.abrc", begin) - begin);
}

std::vector<std::string> unchecked_host_keys(const std::string& folder) {
    std::vector<std::string> out;
    const char* home = std::getenv("HOME");
    const char* named = std::getenv("ANSIBLE_CONFIG");
    for (const std::string& file : {std::string(named != nullptr ? named : ""), folder + "/ansible.cfg",
                                    std::string(home != nullptr ? home : "") + "/.ansible.cfg",
                                    std::string("/etc/ansible/ansible.cfg")}) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) {
            std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
            std::transform(line.begin(), line.end(), line.begin(),
                           [](unsigned char c) { return std::tolower(c); });
            if (line.starts_with("host_key_checking=") && line.find_first_of("tTyY1", 18) != 18)
                out.push_back(file);
        }
    }
    return out;
}

}  // namespace sallyport::cli
