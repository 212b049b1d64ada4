// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/ledger.h"

#include "common/clock.h"
#include "common/digest.h"
#include "daemon/runtime/log.h"

namespace sallyport::audit {
namespace {

store::Stored stored(const Place& place, const Event& event) {
    std::string line = event_line(place, event);
    return {place.seq, event_hash(line), event.type(), place.time, std::move(line)};
}

Error refused(const Error& error) {
    // Ours is the mistake, and no second try mends it: the others must not wait behind it for ever.
    log::error("an event cannot be kept as it is", {{"cause", error.what()}});
    return error;
}

}  // namespace

bool is_signed_to_its_end(const store::Store& store) {
    const auto head = store.head();
    bool is_signed = !head;
    if (head)
        store.each(head->seq, head->seq,
                   [&](const store::Stored& last) { is_signed = last.type == "checkpoint"; });
    return is_signed;
}

Ledger::Ledger(store::Store& store, NodeKey key, std::string node)
    : store_(store),
      key_(std::move(key)),
      node_(std::move(node)),
      head_(store.head()),
      unsigned_(is_signed_to_its_end(store) ? 0 : 1) {}

Place Ledger::next(const std::optional<Head>& head) const {
    return {node_, head ? head->seq + 1 : 1, head ? head->hash : std::string(64, '0'), to_rfc3339(wall_now()),
            to_hex(random_bytes(16))};
}

std::vector<Ledger::Result> Ledger::append(const std::vector<const Event*>& events) {
    try {
        return append_together(events);
    } catch (const Error& error) {
        if (error.code() != Code::internal) throw;
        if (events.size() == 1) return {refused(error)};
    }
    // One of them cannot be projected; alone, each other one can.
    std::vector<Result> results;
    for (const Event* event : events) results.push_back(append({event}).front());
    return results;
}

std::vector<Ledger::Result> Ledger::append_together(const std::vector<const Event*>& events) {
    std::vector<Result> results;
    std::vector<store::Stored> lines;
    std::optional<Head> head = head_;
    for (const Event* event : events) {
        try {
            store::Stored line = stored(next(head), *event);
            results.emplace_back(Committed{line.seq, line.hash, line.time});
            head = Head{line.seq, line.hash};
            lines.push_back(std::move(line));
        } catch (const Error& error) {
            results.emplace_back(refused(error));
        }
    }
    if (!lines.empty()) store_.append(lines);
    head_ = head;
    unsigned_ += lines.size();
    return results;
}

std::optional<Anchor> Ledger::checkpoint() {
    if (unsigned_ == 0 || !head_) return std::nullopt;
    const Place place = next(head_);
    Event event("checkpoint");
    event.put("signature", key_.sign(checkpoint_text(node_, *head_, place.time), checkpoint_namespace));
    store::Stored line = stored(place, event);
    const Head after{line.seq, line.hash};
    store_.append({std::move(line)});
    head_ = after;
    unsigned_ = 0;
    return Anchor{node_, after, place.time};
}

}  // namespace sallyport::audit
