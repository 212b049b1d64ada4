// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/audit/log.h"
#include "daemon/live/file_watch.h"
#include "daemon/live/roster.h"
#include "daemon/live/rules_in_force.h"
#include "daemon/options.h"

namespace sallyport {

/// Loads the config alone, for commands that ask neither policy nor workspaces. Throws Error{Code::config}.
[[nodiscard]] DaemonConfig load_config(const Options& options);

/// Loads the rules for the start. Throws Error{Code::config} with every fault.
[[nodiscard]] std::shared_ptr<const Rules> load_first(const Options& options);

/// What was loaded, for the record: config, policy, and the workspaces that were not `kept` as they were,
/// with what changed since `before`. Throws Error if the config is gone meanwhile.
[[nodiscard]] std::vector<Event> loaded_events(const Options& options, const Rules& rules,
                                               const std::set<std::string>& kept = {},
                                               const Rules* before = nullptr);

/// Swaps the rules as a checked whole and has live sessions rechecked, or keeps the old ones and says why.
/// Gives the faults that are on record by it; throws nothing.
[[nodiscard]] Faults reload(const Options& options, live::RulesInForce& rules, live::Roster& roster,
                            audit::Log& log);

/// Follows the files of the workspaces: a workspace that changed is read anew and swapped as a whole, or
/// stays as it was, on record, as with a reload. Runs on the thread of `executor`, which is that of `reload`.
class WorkspaceWatch {
 public:
    /// All but the executor outlive it.
    WorkspaceWatch(const boost::asio::any_io_executor& executor, const Options& options,
                   live::RulesInForce& rules, audit::Log& log);

    /// Watches where the files of the rules in force are; to be called after each reload, with the faults
    /// that it told.
    void follow(const Faults& told);

 private:
    void follow();
    void read_anew(const std::set<std::string>& names);
    void read_and_swap(const std::set<std::string>& names);

    const Options& options_;
    live::RulesInForce& rules_;
    audit::Log& log_;
    std::set<std::string> told_;  // faults on record, so that a file written without end fills nothing
    std::unique_ptr<live::FileWatch> watch_;  // null where the kernel gives none
};

}  // namespace sallyport
