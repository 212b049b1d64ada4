// SPDX-License-Identifier: Apache-2.0
#include "daemon/store_commands.h"

#include <sys/stat.h>

#include <filesystem>
#include <iostream>
#include <optional>

#include "common/error.h"
#include "common/escape.h"
#include "common/node_key.h"
#include "daemon/audit/keys.h"
#include "daemon/audit/ledger.h"
#include "daemon/audit/sinks.h"
#include "daemon/store/backup.h"
#include "daemon/store/store.h"
#include "daemon/store/verify.h"

namespace sallyport {
namespace {

/// Ends the store's chain with a signed checkpoint, as the daemon does at its stop, if a crash left it
/// without. Beside a running daemon, or without the key, says why not.
void sign_the_end(const DaemonConfig& config) {
    if (audit::is_signed_to_its_end(*store::open_sqlite_to_read(config.state))) return;
    try {
        const auto store = store::open_sqlite(config.state);
        audit::Ledger ledger(*store, audit::key_for(*store, config.node, config.keys, config.anchors),
                             config.node);
        (void)ledger.checkpoint();
    } catch (const Error& error) {
        std::cerr << "sallyportd: the newest events of this export are not signed (" << error.what()
                  << "); while the daemon runs, `sallyport audit export` gives a signed one\n";
    }
}

int export_all(const DaemonConfig& config) {
    sign_the_end(config);
    const auto store = store::open_sqlite_to_read(config.state);
    store->each(0, UINT64_MAX,
                [](const store::Stored& event) { std::cout << store::export_line(event) << '\n'; });
    std::cout.flush();
    if (!std::cout) throw Error(Code::io, "the export could not be written whole");
    return 0;
}

int verify(const DaemonConfig& config) {
    const auto store = store::open_sqlite_to_read(config.state);
    const Report report = store::verify_store(*store, audit::read_anchors(config.anchors), config.state);
    for (const Finding& finding : report.findings)
        std::cout << finding.kind << " seq=" << finding.seq << ": " << escaped(finding.text) << '\n';
    std::cout << (report.is_whole() ? "whole" : "NOT WHOLE") << ": " << report.events << " events, "
              << report.checkpoints << " checkpoints, " << report.unsigned_tail
              << " events after the last one, " << report.count << " findings\n";
    return report.is_whole() ? 0 : 1;
}

void append(audit::Ledger& ledger, const Event& event) {
    const auto result = ledger.append({&event}).front();
    if (const auto* error = std::get_if<Error>(&result)) throw *error;
}

bool holds(const store::Store& store, const Head& head) {
    bool found = false;
    store.each(head.seq, head.seq, [&](const store::Stored& event) { found = event.hash == head.hash; });
    return found;
}

int back_up(const DaemonConfig& config, const std::string& folder) {
    const store::Manifest made = store::back_up(config.state, config.node, folder);
    std::cout << "The store up to event " << made.head.seq << " is in " << folder << "; "
              << made.recordings.size()
              << " recordings are in its manifest: copy those files yourself, they never change.\n";
    return 0;
}

constexpr std::size_t max_named = 100;  // lost recordings that the event names; the count has them all

/// What the chain is told of a backup: where it ended, and what it had that is not there any more.
void tell_of(const store::Manifest& manifest, const std::vector<std::string>& lost,
             const std::optional<Anchor>& anchor, Event& event) {
    event.put("backup_seq", manifest.head.seq).put("backup_hash", manifest.head.hash);
    event.text("backup_time", manifest.time);
    if (anchor && anchor->head.seq > manifest.head.seq)
        event.put("events_lost", anchor->head.seq - manifest.head.seq);
    event.put("recordings_lost", lost.size());
    Json ids = Json::array();
    for (std::size_t at = 0; at < lost.size() && at < max_named; ++at) ids.push_back(lost[at]);
    if (!ids.empty()) event.put("lost_session_ids", std::move(ids));
}

/// The restore signed by the node, and its head out of reach, before the daemon begins.
void sign(audit::Ledger& ledger, const DaemonConfig& config) {
    if (const auto head = ledger.checkpoint()) audit::AnchorFile(config.anchors).anchor(*head);
}

/// Puts a backup into the place of the store, if one is named; then writes `chain.restored`, which names the
/// anchored head that is given up. A store that is lost altogether begins anew with the old key.
int restore(const DaemonConfig& config, const std::string& folder, const std::string& reason) {
    const std::string key = config.keys + "/node.key";
    if (!std::filesystem::exists(key))
        throw Error(Code::config, "the node key is missing: put it back into " + config.keys);
    std::filesystem::create_directories(config.state + "/recordings");
    std::optional<store::Manifest> manifest;
    if (!folder.empty()) {
        manifest = store::read_manifest(folder);
        if (manifest->node != config.node)
            throw Error(Code::config, "the backup is of the node " + escaped(manifest->node) +
                                          ", and the config says node: " + config.node);
        store::put_back(*manifest, folder, config.state);
    }
    const auto store = store::open_sqlite(config.state);
    const auto anchor = audit::last_anchor(config.anchors, config.node);
    const bool lacks_nothing = !anchor || holds(*store, anchor->head);
    if (!manifest && store->head() && lacks_nothing)
        throw Error(Code::config,
                    "nothing is to be restored: the store has all that " + config.anchors + " names");
    audit::Ledger ledger(*store, NodeKey::load(key), config.node);
    if (ledger.is_new()) append(ledger, Event("chain.start").put("public_key", ledger.key().public_line()));
    Event event("chain.restored");
    if (anchor && !lacks_nothing)
        event.put("anchored_seq", anchor->head.seq).put("anchored_hash", anchor->head.hash);
    if (manifest)
        tell_of(*manifest, store::lost_recordings(*manifest, config.state + "/recordings"), anchor, event);
    append(ledger, event.text("reason", reason));
    std::cout << "The restore is on the chain as event " << ledger.head()->seq
              << ". Start sallyportd again.\n";
    sign(ledger, config);
    return 0;
}

}  // namespace

int run_store_command(const Options& options, const DaemonConfig& config) {
    ::umask(0077);
    if (options.command == Options::Command::store_export) return export_all(config);
    if (options.command == Options::Command::store_verify) return verify(config);
    if (options.command == Options::Command::store_backup) return back_up(config, options.backup);
    return restore(config, options.backup, options.reason);
}

}  // namespace sallyport
