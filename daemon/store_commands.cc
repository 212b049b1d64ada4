// SPDX-License-Identifier: Apache-2.0
#include "daemon/store_commands.h"

#include <filesystem>
#include <iostream>

#include "common/clock.h"
#include "common/digest.h"
#include "common/error.h"
#include "common/escape.h"
#include "common/node_key.h"
#include "daemon/audit/sinks.h"
#include "daemon/store/store.h"
#include "daemon/store/verify.h"

namespace sallyport {
namespace {

int export_all(const DaemonConfig& config) {
    const auto store = store::open_sqlite_to_read(config.state);
    store->each(0, UINT64_MAX,
                [](const store::Stored& event) { std::cout << store::export_line(event) << '\n'; });
    std::cout.flush();
    if (!std::cout) throw Error(Code::io, "the export could not be written whole");
    return 0;
}

int verify(const DaemonConfig& config) {
    const auto store = store::open_sqlite_to_read(config.state);
    const Report report =
        store::verify_store(*store, audit::read_anchors(config.anchors), config.state + "/recordings");
    for (const Finding& finding : report.findings)
        std::cout << finding.kind << " seq=" << finding.seq << ": " << escaped(finding.text) << '\n';
    std::cout << (report.is_whole() ? "whole" : "NOT WHOLE") << ": " << report.events << " events, "
              << report.checkpoints << " checkpoints, " << report.unsigned_tail
              << " events after the last one, " << report.count << " findings\n";
    return report.is_whole() ? 0 : 1;
}

/// Puts one event behind the head, as the writer would: the daemon is not running.
void append(store::Store& store, const std::string& node, const Event& event) {
    const Head head = store.head().value_or(Head{0, std::string(64, '0')});
    const Place place{node, head.seq + 1, head.hash, to_rfc3339(wall_now()), to_hex(random_bytes(16))};
    std::string line = event_line(place, event);
    store.append({{place.seq, event_hash(line), event.type(), place.time, std::move(line)}});
}

bool holds(const store::Store& store, const Head& head) {
    bool found = false;
    store.each(head.seq, head.seq, [&](const store::Stored& event) { found = event.hash == head.hash; });
    return found;
}

/// Writes `chain.restored`, which names the anchored head that is given up; after it the daemon starts again.
/// A store that is lost altogether begins anew with the old key.
int restore(const DaemonConfig& config, const std::string& reason) {
    if (!std::filesystem::exists(config.keys + "/node.key"))
        throw Error(Code::config, "the node key is missing: put it back into " + config.keys);
    const NodeKey key = NodeKey::load(config.keys + "/node.key");
    const auto store = store::open_sqlite(config.state);
    const auto anchor = audit::last_anchor(config.anchors, config.node);
    if (store->head() && (!anchor || holds(*store, anchor->head)))
        throw Error(Code::config,
                    "nothing is to be restored: the store has all that " + config.anchors + " names");
    if (!store->head())
        append(*store, config.node, Event("chain.start").put("public_key", key.public_line()));
    Event event("chain.restored");
    if (anchor) event.put("anchored_seq", anchor->head.seq).put("anchored_hash", anchor->head.hash);
    append(*store, config.node, event.text("reason", reason));
    std::cout << "The restore is on the chain as event " << store->head()->seq
              << ". Start sallyportd again.\n";
    return 0;
}

}  // namespace

int run_store_command(const Options& options, const DaemonConfig& config) {
    if (options.command == Options::Command::store_export) return export_all(config);
    if (options.command == Options::Command::store_verify) return verify(config);
    return restore(config, options.reason);
}

}  // namespace sallyport
