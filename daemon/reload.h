// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/audit/log.h"
#include "daemon/live/roster.h"
#include "daemon/live/rules_in_force.h"
#include "daemon/options.h"

namespace sallyport {

/// Loads the config alone, for commands that ask neither policy nor workspaces. Throws Error{Code::config}.
[[nodiscard]] DaemonConfig load_config(const Options& options);

/// Loads the rules for the start. Throws Error{Code::config} with every fault.
[[nodiscard]] std::shared_ptr<const Rules> load_first(const Options& options);

/// What was loaded, for the record: config, policy, and the workspaces that were not `kept` as they were.
/// Throws Error if the config is gone meanwhile.
[[nodiscard]] std::vector<Event> loaded_events(const Options& options, const Rules& rules,
                                               const std::set<std::string>& kept = {});

/// Swaps the rules as a checked whole and has live sessions rechecked, or keeps the old ones and says why;
/// throws nothing.
void reload(const Options& options, live::RulesInForce& rules, live::Roster& roster, audit::Log& log);

}  // namespace sallyport
