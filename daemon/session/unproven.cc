// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/unproven.h"

#include <algorithm>

namespace sallyport::session {

Unproven::Ticket Unproven::enter(Guest guest, std::size_t limit, std::size_t limit_per_source) {
    const std::lock_guard lock(mutex_);
    const auto at = staying_by_net_.find(guest.net);
    if (at != staying_by_net_.end() && at->second >= limit_per_source) {
        evict_from(guest.net);
    } else if (staying_ >= limit && !staying_by_net_.empty()) {
        const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
        evict_from(std::max_element(staying_by_net_.begin(), staying_by_net_.end(), fewer)->first);
    }
    ++staying_by_net_[guest.net];
    ++staying_;
    guests_.push_back(std::move(guest));
    return std::prev(guests_.end());
}

// Who is on its way out counts no more: else the busiest source could be one where nobody is left to evict.
void Unproven::evict_from(const std::string& net) {
    for (Guest& guest : guests_) {
        if (guest.net != net || *guest.is_evicted) continue;
        *guest.is_evicted = true;
        uncount(guest);
        if (guest.wake) guest.wake();
        return;
    }
}

void Unproven::uncount(const Guest& guest) {
    const auto at = staying_by_net_.find(guest.net);
    if (--at->second == 0) staying_by_net_.erase(at);
    --staying_;
}

void Unproven::when_evicted(Ticket ticket, std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    if (*ticket->is_evicted) wake();
    ticket->wake = std::move(wake);
}

void Unproven::leave(Ticket ticket) {
    const std::lock_guard lock(mutex_);
    if (!*ticket->is_evicted) uncount(*ticket);
    guests_.erase(ticket);
}

std::size_t Unproven::size() const {
    const std::lock_guard lock(mutex_);
    return guests_.size();
}

UnprovenPlace::UnprovenPlace(std::shared_ptr<Unproven> all, std::string net, std::size_t limit,
                             std::size_t limit_per_source)
    : all_(std::move(all)),
      ticket_(all_->enter({std::move(net), is_evicted_, {}}, limit, limit_per_source)) {}

UnprovenPlace::~UnprovenPlace() {
    all_->leave(ticket_);
}

}  // namespace sallyport::session
