// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/ledger.h"

#include <new>
#include <numeric>

#include "common/clock.h"
#include "common/digest.h"
#include "daemon/runtime/log.h"

namespace sallyport::audit {
namespace {

store::Stored stored(const Place& place, const Event& event) {
    std::string line = event_line(place, event);
    return {place.seq, event_hash(line), event.type(), place.time, std::move(line)};
}

Error refused(const std::string& cause) {
    // Ours is the mistake, and no second try mends it: the others must not wait behind it for ever.
    log::error("an event cannot be kept as it is", {{"cause", cause}});
    return {Code::internal, cause};
}

/// As if the store had failed: then none is kept, sessions end, and it is tried again.
Error without_memory() {
    return {Code::record, "there is no memory"};
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

std::vector<Ledger::Result> Ledger::append(const std::vector<const Event*>& events) try {
    std::vector<Result> results(events.size(), Result(Committed{}));
    std::vector<std::size_t> kept(events.size());  // which of them are still to be kept
    std::iota(kept.begin(), kept.end(), 0);
    for (;;) {
        const auto lines = number(events, kept, results);
        if (lines.empty()) return results;
        if (const auto bad = store_.append(lines)) {
            results[kept[*bad]] = refused("an event of type " + lines[*bad].type + " cannot be projected");
            kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(*bad));
            continue;
        }
        head_ =
            Head{lines.back().seq, std::move(lines.back().hash)};  // it is kept: nothing may fail any more
        unsigned_ += lines.size();
        return results;
    }
} catch (const std::bad_alloc&) {
    throw without_memory();
}

/// The lines of `kept` behind the head; what breaks the chain's law is taken out of it.
std::vector<store::Stored> Ledger::number(const std::vector<const Event*>& events,
                                          std::vector<std::size_t>& kept,
                                          std::vector<Result>& results) const {
    std::vector<store::Stored> lines;
    std::optional<Head> head = head_;
    std::vector<std::size_t> lawful;
    for (const std::size_t at : kept) {
        try {
            lines.push_back(stored(next(head), *events[at]));
        } catch (const Error& error) {
            results[at] = refused(error.what());
            continue;
        }
        const store::Stored& line = lines.back();
        results[at] = Committed{line.seq, line.hash, line.time};
        head = Head{line.seq, line.hash};
        lawful.push_back(at);
    }
    kept = std::move(lawful);
    return lines;
}

std::optional<Anchor> Ledger::checkpoint() try {
    if (unsigned_ == 0 || !head_) return std::nullopt;
    const Place place = next(head_);
    Event event("checkpoint");
    event.put("signature", key_.sign(checkpoint_text(node_, *head_, place.time), checkpoint_namespace));
    store::Stored line = stored(place, event);
    Head after{line.seq, line.hash};
    Anchor anchor{node_, after, place.time};
    if (store_.append({std::move(line)})) throw Error(Code::internal, "a checkpoint cannot be projected");
    head_ = std::move(after);
    unsigned_ = 0;
    return anchor;
} catch (const std::bad_alloc&) {
    throw without_memory();
}

}  // namespace sallyport::audit
