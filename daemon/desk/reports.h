// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "daemon/audit/log.h"
#include "daemon/desk/caller.h"
#include "daemon/live/hostnames.h"
#include "daemon/live/lent_keys.h"
#include "daemon/live/roster.h"
#include "daemon/live/rules_in_force.h"
#include "daemon/live/runs.h"
#include "daemon/runtime/pool.h"
#include "daemon/store/store.h"

namespace sallyport::desk {

class Fields;

/// What clients report: runs, syncs, instances and activities. What they say is kept as said; where the
/// bastion knows better, theirs stands beside as `claimed_…`. Bodies are docs/api.md's; each throws
/// Error{Code::input} beginning with the member's name, {not_found} where there is nothing of the caller's,
/// {record} where nothing can be kept.
class Reports {
 public:
    /// Takes up the runs that a daemon before this one left. All outlive this; `logs` is the folder of their
    /// logs.
    Reports(live::RulesInForce& rules, store::Store& store, live::Runs& runs, live::LentKeys& keys,
            live::Hostnames& hostnames, live::Roster& roster, audit::Log& log, runtime::Pool& pool,
            std::filesystem::path logs);

    /// The id of a run that begins, or the run that goes on for the same block.
    [[nodiscard]] boost::asio::awaitable<std::variant<std::string, live::LiveRun>> start_run(
        const Caller& caller, Json body);
    /// Ends a run of the caller's; gives its status.
    [[nodiscard]] boost::asio::awaitable<std::string> finish_run(const Caller& caller, std::string id,
                                                                 Json body);
    /// A run that is over already, start and end in one; gives its id.
    [[nodiscard]] boost::asio::awaitable<std::string> whole_run(const Caller& caller, Json body);
    /// A sign of life, which renews the run's key if the body has it; gives the status, so that a client
    /// hears that its run was cancelled.
    [[nodiscard]] boost::asio::awaitable<std::string> beat(const Caller& caller, std::string id, Json body);
    /// Lends a key to one session of the CLI; it may log in for a minute.
    void lend_session_key(const Caller& caller, const Json& body);
    /// Keeps what tasks came to on hosts, at most 1,000 at once: host, task, status; never what they printed.
    [[nodiscard]] boost::asio::awaitable<void> results(const Caller& caller, std::string id, Json body);
    /// Keeps the log of a run of the caller's, once: its head and its end, 1 MiB at most.
    [[nodiscard]] boost::asio::awaitable<void> attach_log(const Caller& caller, std::string id,
                                                          std::string text);
    /// Somebody else's for whoever has the right.
    [[nodiscard]] boost::asio::awaitable<void> cancel_run(const Caller& caller, std::string id,
                                                          std::string reason);

    [[nodiscard]] boost::asio::awaitable<std::string> sync(const Caller& caller, Json body);
    [[nodiscard]] boost::asio::awaitable<void> instance(const Caller& caller, Json body);
    [[nodiscard]] boost::asio::awaitable<std::string> start_activity(const Caller& caller, Json body);
    [[nodiscard]] boost::asio::awaitable<void> finish_activity(const Caller& caller, std::string id,
                                                               Json body);

    /// Ends runs that gave no sign of life for too long. For runtime::spawn; this outlives the executor.
    [[nodiscard]] boost::asio::awaitable<void> end_lost_runs();

 private:
    [[nodiscard]] Event run_start(const Caller& caller, const Fields& fields, const std::string& id) const;
    [[nodiscard]] std::shared_ptr<const Workspace> workspace_for(const Caller& caller,
                                                                 const std::string& name) const;
    [[nodiscard]] boost::asio::awaitable<Json> own(const Caller& caller, std::string kind, std::string id);
    [[nodiscard]] boost::asio::awaitable<void> end_run(std::string id, Event end);
    void put_observed(Event& end, const Json& run) const;
    void lend(const Caller& caller, const Fields& fields, const std::string& workspace,
              const std::string& run_id, std::chrono::seconds time, std::chrono::seconds login_time);
    [[nodiscard]] boost::asio::awaitable<void> keep_log(std::string id, std::string text);

    live::RulesInForce& rules_;
    store::Store& store_;
    live::Runs& runs_;
    live::LentKeys& keys_;
    live::Hostnames& hostnames_;
    live::Roster& roster_;
    audit::Log& log_;
    runtime::Pool& pool_;
    std::filesystem::path logs_;
    std::mutex logs_mutex_;  // of the threads that write them
};

}  // namespace sallyport::desk
