// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/lent_keys.h"

#include <algorithm>

#include "common/error.h"

namespace sallyport::live {
namespace {

bool is_same(const LentKey::Facts& a, const LentKey::Facts& b) {
    return a.operator_name == b.operator_name && a.run_id == b.run_id && a.workspace == b.workspace &&
           a.cli_instance_id == b.cli_instance_id && a.lender == b.lender && a.source == b.source;
}

}  // namespace

void LentKeys::lend(LentKey::Facts facts, std::chrono::seconds time, std::chrono::seconds login_time) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    drop_expired();
    const auto at = keys_.find(facts.blob);
    if (at != keys_.end()) {
        if (!is_same(at->second->facts(), facts))
            throw Error(Code::conflict, "public_key: this key is lent for something else; make a new one");
        return at->second->renew(now + time);
    }
    const auto is_theirs = [&](const auto& entry) {
        return entry.second->facts().operator_name == facts.operator_name;
    };
    if (static_cast<std::size_t>(std::count_if(keys_.begin(), keys_.end(), is_theirs)) >= max_of_one)
        throw Error(Code::limit, "too many of your keys are lent; end what they were lent for");
    if (keys_.size() >= max_keys) throw Error(Code::limit, "too many keys are lent; try again in a minute");
    const std::string blob = facts.blob;
    keys_.emplace(blob, std::make_shared<LentKey>(std::move(facts), now + time, now + login_time));
}

std::shared_ptr<const LentKey> LentKeys::find(const std::string& blob, const std::string& source) const {
    const std::lock_guard lock(mutex_);
    const auto at = keys_.find(blob);
    if (at == keys_.end() || !at->second->may_log_in() || at->second->facts().source != source)
        return nullptr;
    return at->second;
}

void LentKeys::revoke(const std::string& run_id) {
    const std::lock_guard lock(mutex_);
    for (auto at = keys_.begin(); at != keys_.end();) {
        const bool is_of_it = at->second->facts().run_id == run_id;
        if (is_of_it) at->second->revoke();  // who holds it loses it too
        at = is_of_it ? keys_.erase(at) : std::next(at);
    }
}

void LentKeys::drop_expired() {
    std::erase_if(keys_, [](const auto& entry) { return !entry.second->holds(); });
}

}  // namespace sallyport::live
