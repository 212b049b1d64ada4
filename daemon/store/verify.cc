// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/verify.h"

#include <map>

#include "common/digest.h"
#include "common/ids.h"
#include "daemon/store/projection.h"

namespace sallyport::store {
namespace {

/// The files beside the store that should be there: recordings kept at a session's end and not deleted by the
/// record, logs of runs.
class Files {
 public:
    explicit Files(std::string state) : state_(std::move(state)) {}

    /// Takes any event of the chain, also one that somebody wrote.
    void take(const Json& event) {
        try {
            const std::string type = event.at("type");
            if (type == "recording.deleted") kept_.erase(session_of(event));
            if (type == "ssh_session.end" && event.contains("recording"))
                kept_[session_of(event)] = {recording, event.at("seq"), event.at("recording").at("sha256")};
            if (type == "action_run.log") kept_[about_of(event)] = {log, event.at("seq"), event.at("sha256")};
        } catch (const Json::exception&) {
            odd_.push_back(event.value("seq", std::uint64_t{0}));
        }
    }

    void check(Report& report) const {
        for (const std::uint64_t seq : odd_) report.add({"modified", seq, "its members are not of its type"});
        for (const auto& [id, kept] : kept_) check(report, id, kept);
    }

 private:
    struct Kind {
        const char* name;
        const char* folder;
        const char* ending;
        const char* of;
    };
    static constexpr Kind recording = {"recording", "/recordings/", ".rec", "session"};
    static constexpr Kind log = {"log", "/logs/", ".log", "run"};

    struct Kept {
        Kind kind;
        std::uint64_t seq = 0;
        std::string sha256;
    };

    void check(Report& report, const std::string& id, const Kept& kept) const {
        const std::string words = std::string("the ") + kept.kind.name + " of " + kept.kind.of + " " + id;
        const std::string file = state_ + kept.kind.folder + id + kept.kind.ending;
        const auto found = is_id(id) ? digest_of_file(file) : std::nullopt;
        const std::string name = kept.kind.name;
        if (!found) return report.add({name + "_missing", kept.seq, words + " is gone"});
        if (found->sha256 != kept.sha256)
            report.add({name + "_differs", kept.seq, words + " is not the one that was kept"});
    }

    std::string state_;
    std::map<std::string, Kept> kept_;
    std::vector<std::uint64_t> odd_;
};

void add(Report& report, const Difference& difference) {
    if (difference.table == "events")
        return report.add({"modified", difference.seq, "its row is not what its line and hash say"});
    report.add({"projection_differs", difference.seq,
                difference.table + ": " + difference.key + " is not kept as its events say"});
}

Report verify_events(const Store& store, const std::vector<Anchor>& anchors,
                     const std::function<void(const Json&)>& take) {
    ChainVerifier verifier(anchors, take);
    store.each(0, UINT64_MAX, [&](const Stored& event) { verifier.line(export_line(event)); });
    Report report = verifier.finish(Ending::anywhere);
    store.compare([&](const Difference& difference) { add(report, difference); });
    return report;
}

}  // namespace

Report verify_rows(const Store& store, const std::vector<Anchor>& anchors) {
    return verify_events(store, anchors, nullptr);
}

Report verify_store(const Store& store, const std::vector<Anchor>& anchors, const std::string& state) {
    Files expected(state);
    Report report = verify_events(store, anchors, [&](const Json& event) { expected.take(event); });
    expected.check(report);
    return report;
}

}  // namespace sallyport::store
