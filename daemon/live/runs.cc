// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/runs.h"

#include <algorithm>

namespace sallyport::live {
namespace {

constexpr std::chrono::seconds heartbeat_patience(120);
constexpr std::chrono::hours patience(24);

}  // namespace

std::optional<LiveRun> Runs::enter(LiveRun run) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, other] : runs_)
        if (!run.block.empty() && other.block == run.block && other.workspace == run.workspace) return other;
    run.last_seen = std::chrono::steady_clock::now();
    runs_.insert_or_assign(run.id, std::move(run));
    return std::nullopt;
}

void Runs::put_back(LiveRun run) {
    const std::lock_guard lock(mutex_);
    run.last_seen = std::chrono::steady_clock::now();
    runs_.insert_or_assign(run.id, std::move(run));
}

std::optional<LiveRun> Runs::find(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto at = runs_.find(id);
    return at == runs_.end() ? std::nullopt : std::optional(at->second);
}

bool Runs::beat(const std::string& id) {
    const std::lock_guard lock(mutex_);
    const auto at = runs_.find(id);
    if (at == runs_.end()) return false;
    at->second.last_seen = std::chrono::steady_clock::now();
    return true;
}

bool Runs::leave(const std::string& id) {
    const std::lock_guard lock(mutex_);
    return runs_.erase(id) != 0;
}

std::vector<LiveRun> Runs::overdue(SteadyTime now) const {
    const std::lock_guard lock(mutex_);
    std::vector<LiveRun> out;
    for (const auto& [id, run] : runs_) {
        const std::chrono::seconds most =
            run.has_heartbeat ? heartbeat_patience : std::chrono::seconds(patience);
        if (now - run.last_seen > most) out.push_back(run);
    }
    return out;
}

std::size_t Runs::count_of(const std::string& user) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        runs_.begin(), runs_.end(), [&](const auto& entry) { return entry.second.user == user; }));
}

}  // namespace sallyport::live
