// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "common/error.h"
#include "daemon/audit/log.h"
#include "daemon/desk/caller.h"
#include "daemon/runtime/pool.h"
#include "daemon/store/store.h"

namespace sallyport::desk {

// What all reports of clients share.

/// Throws Error{Code::denied} unless the caller may report, {record} while nothing more should be kept: what
/// ends something is taken all the same.
void require_reporting(const Rules& rules, const audit::Log& log, const Caller& caller);

/// A workspace that the caller has to do with; what is none for them is no different from what is none.
/// Throws Error{Code::input}.
[[nodiscard]] std::shared_ptr<const Workspace> workspace_for(const Rules& rules, const Caller& caller,
                                                             const std::string& name);

/// Puts `user` and `client` into an event.
void put_who(Event& event, const Caller& caller);

/// A resource of the caller's own. The caller awaits at once. Throws Error{Code::not_found}, also for what is
/// somebody else's.
[[nodiscard]] boost::asio::awaitable<Json> own_resource(const store::Store& store, runtime::Pool& pool,
                                                        const Caller& caller, std::string kind,
                                                        std::string id);

/// Commits; why it could not be kept, absent if it was. For what has to be undone then.
[[nodiscard]] boost::asio::awaitable<std::optional<Error>> failure_to_commit(audit::Log& log, Event event);

}  // namespace sallyport::desk
