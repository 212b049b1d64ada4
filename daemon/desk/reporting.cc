// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/reporting.h"

namespace sallyport::desk {

void require_reporting(const Rules& rules, const audit::Log& log, const Caller& caller) {
    require(rules, caller, Right::report, true);
    if (!log.is_healthy()) throw Error(Code::record, "the store fails or has too little space; see /healthz");
}

std::shared_ptr<const Workspace> workspace_for(const Rules& rules, const Caller& caller,
                                               const std::string& name) {
    const bool sees_all = may(desk_role(rules, caller.who()), Right::read_workspaces, false);
    for (const auto& workspace : rules.workspaces) {
        if (workspace->settings.name != name) continue;
        if (sees_all) return workspace;
        for (const Reachable& host : hosts_for(rules, caller.who()))
            if (host.workspace == name) return workspace;
    }
    throw Error(Code::input, "workspace: there is no such workspace for you on this bastion");
}

void put_who(Event& event, const Caller& caller) {
    event.put("user", caller.name());
    event.put("client",
              Json{{"address", caller.who().source()}, {"key_fingerprint", caller.who().key_fingerprint()}});
}

boost::asio::awaitable<Json> own_resource(const store::Store& store, runtime::Pool& pool,
                                          const Caller& caller, std::string kind, std::string id) {
    std::optional<Json> found;
    std::function<void()> work = [&] { found = store.resource(kind, id); };
    co_await pool.run(std::move(work));
    if (!found || !is_own(caller, *found))
        throw Error(Code::not_found, "there is nothing of yours with that id");
    co_return std::move(*found);
}

boost::asio::awaitable<std::optional<Error>> failure_to_commit(audit::Log& log, Event event) {
    std::optional<Error> failure;
    try {
        auto committing = log.commit(std::move(event));
        (void)co_await std::move(committing);
    } catch (const Error& error) {
        failure = error;
    }
    co_return failure;
}

}  // namespace sallyport::desk
