// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"

namespace sallyport::live {

/// A run that goes on.
struct LiveRun {
    std::string id;
    std::string user;
    std::string workspace;
    std::string block;  // empty of a workflow as a whole
    std::string action;
    std::string started_at;      // RFC 3339
    bool has_heartbeat = false;  // its client promised one every 30 s
    SteadyTime began{};
    SteadyTime last_seen{};
};

/// The runs that go on: one at a time for each block of a workspace. Thread-safe.
class Runs {
 public:
    /// Takes a run in; the run that stands in its way, if one does.
    [[nodiscard]] std::optional<LiveRun> enter(LiveRun run);
    /// Takes a run in whatever stands in its way: one that went on before.
    void put_back(LiveRun run);
    /// The run that goes on now, absent if it has ended or never was.
    [[nodiscard]] std::optional<LiveRun> find(const std::string& id) const;
    /// Notes a sign of life; false if it has ended.
    bool beat(const std::string& id);
    /// Takes a run out; true for the one who did, so that there is one end.
    [[nodiscard]] bool leave(const std::string& id);
    /// Those that gave no sign of life for too long: 120 s with a heartbeat, 24 h without.
    [[nodiscard]] std::vector<LiveRun> overdue(SteadyTime now) const;
    [[nodiscard]] std::size_t count_of(const std::string& user) const;

 private:
    mutable std::mutex mutex_;
    std::map<std::string, LiveRun> runs_;
};

}  // namespace sallyport::live
