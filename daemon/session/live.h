// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "daemon/audit/log.h"
#include "daemon/desk/desk.h"
#include "daemon/desk/reports.h"
#include "daemon/desk/run_reports.h"
#include "daemon/live/hostnames.h"
#include "daemon/live/lent_keys.h"
#include "daemon/live/roster.h"
#include "daemon/live/rules_in_force.h"
#include "daemon/runtime/metrics.h"
#include "daemon/runtime/pool.h"
#include "daemon/store/store.h"

namespace sallyport::session {

/// The parts of the daemon that a session meets; made in main, outliving every session.
struct Live {
    live::RulesInForce& rules;
    audit::Log& log;
    store::Store& store;
    live::Roster& roster;
    live::LentKeys& lent_keys;
    live::Hostnames& hostnames;
    runtime::Pool& pool;   // store and files
    runtime::Pool& names;  // DNS, which may hang for long and must hold up nothing else
    runtime::Metrics& metrics;
    desk::Desk& desk;
    desk::Reports& reports;
    desk::RunReports& run_reports;
    std::filesystem::path recordings;
    std::string host_keys;  // the public ones, `TYPE BASE64` a line
};

}  // namespace sallyport::session
