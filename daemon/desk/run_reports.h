// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
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

/// What clients report of their runs, and the keys that are lent to them. Its law is Reports'; {conflict}
/// where a run has ended already.
class RunReports {
 public:
    /// What runs need of the daemon; all outlive the reports. `logs` is the folder of their logs.
    struct Parts {
        live::RulesInForce& rules;
        store::Store& store;
        live::Runs& runs;
        live::LentKeys& keys;
        live::Hostnames& hostnames;
        live::Roster& roster;
        audit::Log& log;
        runtime::Pool& pool;
        std::filesystem::path logs;
    };
    /// Takes up the runs that a daemon before this one left.
    explicit RunReports(Parts parts);

    /// The id of a run that begins, or the run that goes on for the same block.
    [[nodiscard]] boost::asio::awaitable<std::variant<std::string, live::LiveRun>> start(const Caller& caller,
                                                                                         Json body);
    /// Ends a run of the caller's; gives its status.
    [[nodiscard]] boost::asio::awaitable<std::string> finish(const Caller& caller, std::string id, Json body);
    /// A run that is over already, start and end in one; gives its id.
    [[nodiscard]] boost::asio::awaitable<std::string> whole(const Caller& caller, Json body);
    /// A sign of life, which renews the run's key if the body has it; gives the status, so that a client
    /// hears that its run was cancelled.
    [[nodiscard]] boost::asio::awaitable<std::string> beat(const Caller& caller, std::string id, Json body);
    /// Keeps what tasks came to on hosts, at most 1,000 at once: host, task, status; never what they printed.
    [[nodiscard]] boost::asio::awaitable<void> results(const Caller& caller, std::string id, Json body);
    /// Keeps the log of a run of the caller's, once: its head and its end, 1 MiB at most.
    [[nodiscard]] boost::asio::awaitable<void> attach_log(const Caller& caller, std::string id,
                                                          std::string text);
    /// Somebody else's for whoever has the right.
    [[nodiscard]] boost::asio::awaitable<void> cancel(const Caller& caller, std::string id,
                                                      std::string reason);
    /// Lends a key to one session of the CLI; it may log in for a minute.
    void lend_session_key(const Caller& caller, const Json& body);

    /// Ends runs that gave no sign of life for too long. For runtime::spawn; this outlives the executor.
    [[nodiscard]] boost::asio::awaitable<void> end_lost();

 private:
    [[nodiscard]] Event start_event(const Caller& caller, const Fields& fields, const std::string& id) const;
    [[nodiscard]] boost::asio::awaitable<void> end(std::string id, Event end);
    void put_observed(Event& end, const Json& run) const;
    [[nodiscard]] PublicKey key_to_lend(const Fields& fields) const;
    void lend_to_run(const Caller& caller, const Fields& fields, const std::string& workspace,
                     const std::string& run_id);
    [[nodiscard]] boost::asio::awaitable<void> keep_log(std::string id, std::string text);

    Parts parts_;
    std::mutex logs_mutex_;  // of the threads that write them
};

}  // namespace sallyport::desk
