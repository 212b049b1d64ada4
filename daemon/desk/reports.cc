// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/reports.h"

#include <algorithm>

#include "common/ids.h"
#include "daemon/desk/fields.h"
#include "daemon/desk/reporting.h"

namespace sallyport::desk {
namespace {

using boost::asio::awaitable;
using Kind = Fields::Kind;
constexpr std::size_t max_message = 16 * 1024;

}  // namespace

awaitable<std::string> Reports::sync(const Caller& caller, Json body) {
    const Fields fields(body);
    const auto rules = rules_.get();
    require_reporting(*rules, log_, caller);
    (void)workspace_for(*rules, caller, fields.need("workspace"));
    const std::string result = fields.need("result");
    constexpr std::string_view results[] = {"success", "conflict", "abort", "error"};
    if (std::find(std::begin(results), std::end(results), result) == std::end(results))
        throw Error(Code::input, "result: write success, conflict, abort or error");
    const std::string id = new_id();
    Event event("workspace_sync");
    event.put("sync_id", id);
    put_who(event, caller);
    fields.put_texts(event, {"organization", "workspace", "cli_instance_id", "cli_version", "result"});
    fields.put_texts(event, {"error_message"}, max_message);
    fields.put_object(event, "git",
                      {{"remote", Kind::text},
                       {"branch", Kind::text},
                       {"before_sha", Kind::text},
                       {"after_sha", Kind::text},
                       {"commits_in", Kind::number},
                       {"commits_out", Kind::number},
                       {"direction", Kind::text}});
    fields.put_object(event, "changed",
                      {{"blocks", Kind::list}, {"inventory", Kind::flag}, {"policy", Kind::flag}});
    fields.put_object(event, "encryption",
                      {{"enabled", Kind::flag},
                       {"key_id", Kind::text},
                       {"status", Kind::text},
                       {"rotation_detected", Kind::flag},
                       {"previous_key_id", Kind::text}});
    fields.put_time(event, "timestamp", "claimed_timestamp");
    fields.put_flag(event, "late");
    auto committing = log_.commit(std::move(event));
    (void)co_await std::move(committing);
    co_return id;
}

awaitable<void> Reports::instance(const Caller& caller, Json body) {
    const Fields fields(body);
    const auto rules = rules_.get();
    require_reporting(*rules, log_, caller);
    const std::string id = fields.need("cli_instance_id");
    if (!id.starts_with("cli-") || id.size() > 64 ||
        id.find_first_not_of("0123456789abcdef", 4) != std::string::npos)
        throw Error(Code::input, "cli_instance_id: write cli- and hex digits");
    std::optional<Json> known;
    std::function<void()> work = [&] { known = store_.resource("cli_instance", id); };
    co_await pool_.run(std::move(work));
    if (known && !is_own(caller, *known))
        throw Error(Code::input,
                    "cli_instance_id: this instance is another operator's; have the client make a new one");
    if (fields.has("workspace")) (void)workspace_for(*rules, caller, fields.text("workspace"));
    Event event("cli_instance.reported");
    event.put("cli_instance_id", id);
    put_who(event, caller);
    (void)fields.need("cli_version");
    fields.put_texts(event, {"cli_version", "os", "arch", "hostname", "host_id", "workspace"});
    auto committing = log_.commit(std::move(event));
    (void)co_await std::move(committing);
}

awaitable<std::string> Reports::start_activity(const Caller& caller, Json body) {
    const Fields fields(body);
    const auto rules = rules_.get();
    require_reporting(*rules, log_, caller);
    const std::string kind = fields.need("kind");
    if (kind != "ssh-session" && kind != "workspace-sync")
        throw Error(Code::input, "kind: write ssh-session or workspace-sync");
    (void)fields.need("name");
    (void)fields.need("organization");
    (void)workspace_for(*rules, caller, fields.need("workspace"));
    const std::string id = new_id();
    Event event("activity.start");
    event.put("activity_id", id);
    put_who(event, caller);
    fields.put_texts(event, {"kind", "name", "organization", "workspace", "display_name", "block", "hostname",
                             "ssh_user"});
    fields.put_as_text(event, "metadata", "claimed_metadata");
    auto committing = log_.commit(std::move(event));
    (void)co_await std::move(committing);
    co_return id;
}

awaitable<void> Reports::finish_activity(const Caller& caller, std::string id, Json body) {
    auto finding = own_resource(store_, pool_, caller, "activity", id);
    const Json known = co_await std::move(finding);
    if (known.contains("ended_at")) throw Error(Code::conflict, "this activity has ended already");
    const Fields fields(body);
    const std::string status = fields.text("status");
    if (!status.empty() && status != "success" && status != "failed")
        throw Error(Code::input, "status: write success or failed");
    Event event("activity.end");
    const auto code = fields.number("exit_code");
    event.put("activity_id", id)
        .put("status", !status.empty()         ? status
                       : code.value_or(0) == 0 ? "success"
                                               : "failed");
    fields.put_number(event, "exit_code");
    fields.put_time(event, "finished_at", "claimed_ended_at");
    fields.put_number(event, "duration_seconds", "claimed_duration_seconds");
    auto committing = log_.commit(std::move(event));
    (void)co_await std::move(committing);
}

}  // namespace sallyport::desk
