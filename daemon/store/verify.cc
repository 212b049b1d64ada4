// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/verify.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "common/digest.h"
#include "common/ids.h"
#include "daemon/store/projection.h"

namespace sallyport::store {
namespace {

/// Derives what the store should hold beside its events, and compares.
class Projections {
 public:
    explicit Projections(const Store& store) : store_(store) {}

    void take(const Json& event) {
        const std::string id = session_of(event);
        last_seq_ = event["seq"];
        last_time_ = event["time"];
        if (id.empty()) return;
        if (event["type"] == "recording.deleted") deleted_.insert(id);
        const auto known = open_.find(id);
        auto after = project_session(known == open_.end() ? std::nullopt : std::optional(known->second.body), event);
        if (!after) return;
        const std::uint64_t seq = event["seq"];
        open_[id] = {std::move(*after), seq};
        if (event["type"] == "ssh_session.end") compare(id);
    }

    void finish(Report& report, const std::string& recordings) {
        while (!open_.empty()) compare(open_.begin()->first);
        check_strangers();
        for (Finding& finding : findings_) report.add(std::move(finding));
        for (const auto& [id, facts] : recordings_)
            if (deleted_.count(id) == 0) check_recording(report, recordings, id, facts);
    }

 private:
    struct Derived {
        Json body;
        std::uint64_t seq = 0;
    };

    void compare(const std::string& id) {
        const auto at = open_.find(id);
        const auto kept = store_.session(id);
        known_.insert(id);
        if (kept != at->second.body && !has_moved_on(id, at->second.seq))
            findings_.push_back({"projection_differs", at->second.seq, "session " + id + " is not kept as its events say"});
        if (at->second.body.contains("recording")) recordings_.emplace_back(id, at->second);
        open_.erase(at);
    }

    /// A running daemon may have written more of a session than was read here.
    [[nodiscard]] bool has_moved_on(const std::string& id, std::uint64_t seq) const {
        const auto events = store_.events({"", id, "", ""}, "", max_page).items;
        return !events.empty() && events.back().seq > std::max(seq, last_seq_);
    }

    void check_strangers() {
        for (std::string cursor;;) {
            const auto page = store_.sessions({}, cursor, max_page);
            for (const Json& session : page.items)
                if (known_.count(session["id"]) == 0 && session["started_at"] <= last_time_)
                    findings_.push_back({"projection_differs", 0, "no event tells of session " + session["id"].get<std::string>()});
            if (page.next.empty()) break;
            cursor = page.next;
        }
    }

    static void check_recording(Report& report, const std::string& folder, const std::string& id, const Derived& derived) {
        std::ifstream in(folder + "/" + id + ".rec", std::ios::binary);
        if (!is_id(id) || !in) return report.add({"recording_missing", derived.seq, "the recording of session " + id + " is gone"});
        Sha256 digest;
        std::string chunk(64 * 1024, '\0');
        while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), in.gcount() > 0)
            digest.update({chunk.data(), static_cast<std::size_t>(in.gcount())});
        if (digest.hex() != derived.body["recording"].value("sha256", std::string()))
            report.add({"recording_differs", derived.seq, "the recording of session " + id + " is not the one that was kept"});
    }

    const Store& store_;
    std::map<std::string, Derived> open_;
    std::vector<Finding> findings_;
    std::vector<std::pair<std::string, Derived>> recordings_;
    std::set<std::string> deleted_;
    std::set<std::string> known_;
    std::uint64_t last_seq_ = 0;
    std::string last_time_;
};

void check_row(Report& rows, const Stored& event) {
    if (event.line.empty()) return;
    if (event_hash(event.line) != event.hash) rows.add({"modified", event.seq, "its line is not the one that was hashed"});
}

}  // namespace

Report verify_store(const Store& store, const std::vector<Anchor>& anchors, const std::string& recordings) {
    Projections projections(store);
    ChainVerifier verifier(anchors, [&](const Json& event) { projections.take(event); });
    Report rows;
    store.each(0, UINT64_MAX, [&](const Stored& event) {
        check_row(rows, event);
        verifier.line(export_line(event));
    });
    Report report = verifier.finish();
    for (Finding& finding : rows.findings) report.add(std::move(finding));
    projections.finish(report, recordings);
    return report;
}

}  // namespace sallyport::store
