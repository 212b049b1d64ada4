// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/bastion.h"
#include "common/json.h"

namespace sallyport::cli {

/// The lines for ssh_config(5) by which a plain `ssh HOST` goes through the bastion: one entry for each of
/// `hosts` (rows of the API). `keys` is the file with the bastion's key as the targets' one. A name that
/// would mean something else to ssh is left out, and said so.
[[nodiscard]] std::string ssh_config_for(const std::vector<Json>& hosts, const Bastion& bastion,
                                         const std::string& keys);

/// The lines of that file: what `known_hosts` has for the bastion, under the name that all targets share.
/// Throws Error{Code::config} if the bastion is not known there.
[[nodiscard]] std::string target_keys(const std::string& known_hosts, const std::string& host,
                                      const std::string& port);

/// The name under which every target's key is known: the bastion's, for all of them show it.
constexpr const char* targets_alias = "sallyport-targets";

/// A word that ssh takes for itself: no pattern, blank, quote, token or comment. What else an inventory holds
/// never gets into a config file.
[[nodiscard]] bool is_ssh_word(std::string_view text);

/// The file that knows the bastion's key: its own, else the user's.
[[nodiscard]] std::string known_hosts_of(const Bastion& bastion);

}  // namespace sallyport::cli
