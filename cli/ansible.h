// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/run_folder.h"
#include "cli/tool.h"
#include "common/event.h"

namespace sallyport::cli {

/// What is passed on to ansible-playbook.
struct AnsibleOptions {
    std::string limit;
    std::string tags;
    std::string skip_tags;
    bool is_check = false;
    bool is_diff = false;
    std::vector<std::string> more;  // behind --
};

/// What an inventory says before anything runs.
struct Survey {
    std::vector<std::string> hosts;
    std::map<std::string, std::string> detours;  // host: what it says that would lead past the bastion
};

/// Asks Ansible itself for the resolved variables. Throws Error{Code::config} if it cannot say them.
[[nodiscard]] Survey survey(const std::string& inventory, const std::string& folder);

/// ansible-playbook through the bastion: what makes it so beats every other place where Ansible looks, and
/// our callback tells what tasks came to in `results`.
[[nodiscard]] Tool playbook_tool(const RunFolder& run, const std::string& playbook, const std::string& folder,
                                 const std::string& inventory, const AnsibleOptions& options);

/// `ansible-core 2.14.18`'s number, or empty if there is no Ansible.
[[nodiscard]] std::string ansible_version();

/// Files of Ansible's settings that switch host key checking off, of those that a run in `folder` would read.
[[nodiscard]] std::vector<std::string> unchecked_host_keys(const std::string& folder);

}  // namespace sallyport::cli
