// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "daemon/audit/log.h"
#include "daemon/desk/caller.h"
#include "daemon/live/rules_in_force.h"
#include "daemon/runtime/pool.h"
#include "daemon/store/store.h"

namespace sallyport::desk {

/// What clients report beside their runs: syncs, instances and activities. What they say is kept as said;
/// where the bastion knows better, theirs stands beside as `claimed_…`. Bodies are docs/api.md's; each throws
/// Error{Code::input} beginning with the member's name, {not_found} where there is nothing of the caller's,
/// {record} where nothing can be kept.
class Reports {
 public:
    /// All outlive this.
    Reports(live::RulesInForce& rules, const store::Store& store, audit::Log& log, runtime::Pool& pool)
        : rules_(rules), store_(store), log_(log), pool_(pool) {}

    [[nodiscard]] boost::asio::awaitable<std::string> sync(const Caller& caller, Json body);
    [[nodiscard]] boost::asio::awaitable<void> instance(const Caller& caller, Json body);
    [[nodiscard]] boost::asio::awaitable<std::string> start_activity(const Caller& caller, Json body);
    [[nodiscard]] boost::asio::awaitable<void> finish_activity(const Caller& caller, std::string id,
                                                               Json body);

 private:
    live::RulesInForce& rules_;
    const store::Store& store_;
    audit::Log& log_;
    runtime::Pool& pool_;
};

}  // namespace sallyport::desk
