// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "daemon/audit/log.h"
#include "daemon/runtime/pool.h"
#include "daemon/store/store.h"

namespace sallyport::audit {

/// A recording that goes: its event still has to be committed, or a crash left only the file.
struct Expired {
    std::string session_id;
    Json recording;  // size and sha256, as the end of the session has them
    bool is_on_record = false;
};

/// The recordings in `folder` whose sessions ended before `cutoff`, and those that are deleted by the record
/// alone.
[[nodiscard]] std::vector<Expired> expired_recordings(const store::Store& store, const std::string& folder,
                                                      WallTime cutoff);

/// Deletes what is older than `retain`: each `recording.deleted` is on disk before its file goes. Gives their
/// number. The caller awaits at once. Throws Error{Code::record} where the record takes nothing: the rest
/// stays.
[[nodiscard]] boost::asio::awaitable<std::size_t> delete_expired(Log& log, const store::Store& store,
                                                                 runtime::Pool& pool, std::string folder,
                                                                 std::chrono::seconds retain);

/// Deletes the recordings of sessions that never began: a crash came before their start was committed, so
/// they hold nothing. Called before the first session of a start.
void delete_unbegun_recordings(const store::Store& store, const std::string& folder);

/// Does so now and every hour, with what `retain` says then; a failure is logged and the next hour tries
/// again. For runtime::spawn: all references and what `retain` holds outlive the executor.
[[nodiscard]] boost::asio::awaitable<void> keep_deleting_expired(
    Log& log, const store::Store& store, runtime::Pool& pool, std::string folder,
    std::function<std::chrono::seconds()> retain);

}  // namespace sallyport::audit
