// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/rights.h"

#include "common/error.h"

namespace sallyport::desk {
namespace {

using enum DeskRole;

constexpr RightRow table[] = {
    {Right::read_session, "sessions.read", viewer, own},
    {Right::read_run, "runs.read", viewer, own},
    {Right::read_sync, "syncs.read", viewer, own},
    {Right::read_instance, "instances.read", viewer, own},
    {Right::read_denial, "denials.read", viewer, own},
    {Right::read_activity, "activities.read", viewer, own},
    {Right::read_recording, "recordings.read", auditor, auditor},
    {Right::read_log, "logs.read", auditor, own},
    {Right::read_events, "events.read", auditor, own},
    {Right::read_operators, "operators.read", auditor, own},
    {Right::read_workspaces, "workspaces.read", viewer, own},
    {Right::export_all, "record.export", auditor, auditor},
    {Right::report, "record.report", owner, own},
    {Right::cancel_run, "runs.cancel", admin, own},
    {Right::terminate, "sessions.terminate", admin, admin},
};

struct KindRow {
    std::string_view kind;
    Right right;
};

constexpr KindRow kinds[] = {
    {"ssh_session", Right::read_session},  {"action_run", Right::read_run},
    {"workspace_sync", Right::read_sync},  {"cli_instance", Right::read_instance},
    {"access_denied", Right::read_denial}, {"activity", Right::read_activity},
};

}  // namespace

const RightRow& row_of(Right right) {
    for (const RightRow& row : table)
        if (row.right == right) return row;
    throw Error(Code::internal, "a right has no row");
}

bool may(DeskRole role, Right right, bool is_own) {
    const RightRow& row = row_of(right);
    return role >= (is_own ? row.own : row.others);
}

Right right_to_read(std::string_view kind) {
    for (const KindRow& row : kinds)
        if (row.kind == kind) return row.right;
    throw Error(Code::internal, "a kind has no right");
}

}  // namespace sallyport::desk
