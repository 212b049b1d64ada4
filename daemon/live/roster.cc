// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/roster.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace sallyport::live {

std::shared_ptr<void> Roster::enter(LiveSession session, boost::asio::any_io_executor executor,
                                    Handles handles, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    const auto is_theirs = [&](const auto& entry) { return entry.second.session.user == session.user; };
    if (static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), is_theirs)) >= limit)
        return nullptr;
    const std::string id = session.session_id;
    auto shared = std::make_shared<Handles>(std::move(handles));
    entries_.emplace(id, Entry{std::move(session), std::move(executor), shared});
    return {shared.get(), [this, id](void*) { leave(id); }};
}

// What was posted before finds empty handles: it runs on the same thread that drops the token.
void Roster::leave(const std::string& session_id) {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(session_id);
    if (at == entries_.end()) return;
    at->second.handles->stop = nullptr;
    at->second.handles->recheck = nullptr;
    entries_.erase(at);
}

std::vector<LiveSession> Roster::list() const {
    const std::lock_guard lock(mutex_);
    std::vector<LiveSession> out;
    for (const auto& [id, entry] : entries_) out.push_back(entry.session);
    return out;
}

std::optional<LiveSession> Roster::find(const std::string& session_id) const {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(session_id);
    if (at == entries_.end()) return std::nullopt;
    return at->second.session;
}

std::size_t Roster::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

bool Roster::stop(const std::string& session_id, StopReason reason, const std::string& by) {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(session_id);
    if (at == entries_.end()) return false;
    boost::asio::post(at->second.executor, [handles = at->second.handles, reason, by] {
        if (handles->stop) handles->stop(reason, by);
    });
    return true;
}

void Roster::stop_all(StopReason reason, const std::string& by) {
    for (const LiveSession& session : list()) (void)stop(session.session_id, reason, by);
}

void Roster::recheck_all(const std::shared_ptr<const Rules>& rules) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_)
        boost::asio::post(entry.executor, [handles = entry.handles, rules] {
            if (handles->recheck) handles->recheck(rules);
        });
}

}  // namespace sallyport::live
