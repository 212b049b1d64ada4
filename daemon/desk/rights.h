// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "policy/authorize.h"

namespace sallyport::desk {

/// What somebody may do at the desk.
enum class Right {
    read_session,
    read_run,
    read_sync,
    read_instance,
    read_denial,
    read_activity,
    read_recording,
    read_log,
    read_events,
    read_operators,
    read_workspaces,
    export_all,
    report,
    cancel_run,
    terminate,
};

/// The one table of who may do what; `is_own` says that it concerns what is the asker's own.
[[nodiscard]] bool may(DeskRole role, Right right, bool is_own);
/// The right to read a resource of that kind.
[[nodiscard]] Right right_to_read(std::string_view kind);

/// A row of that table, for the docs and for tests.
struct RightRow {
    Right right;
    const char* name;
    DeskRole others;  // the lowest role that may do it to anybody's
    DeskRole own;     // the lowest that may do it to one's own
};
[[nodiscard]] const RightRow& row_of(Right right);

}  // namespace sallyport::desk
