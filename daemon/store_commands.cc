// SPDX-License-Identifier: Apache-2.0
#include "daemon/store_commands.h"

#include <filesystem>
#include <iostream>

#include "common/error.h"
#include "common/escape.h"
#include "common/node_key.h"
#include "daemon/audit/keys.h"
#include "daemon/audit/ledger.h"
#include "daemon/audit/sinks.h"
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
    const Report report =
        store::verify_store(*store, audit::read_anchors(config.anchors), config.state + "/recordings");
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

/// Writes `chain.restored`, which names the anchored head that is given up; after it the daemon starts again.
/// A store that is lost altogether begins anew with the old key.
int restore(const DaemonConfig& config, const std::string& reason) {
    if (!std::filesystem::exists(config.keys + "/node.key"))
        throw Error(Code::config, "the node key is missing: put it back into " + config.keys);
    const auto store = store::open_sqlite(config.state);
    const auto anchor = audit::last_anchor(config.anchors, config.node);
    if (store->head() && (!anchor || holds(*store, anchor->head)))
        throw Error(Code::config,
                    "nothing is to be restored: the store has all that " + config.anchors + " names");
    audit::Ledger ledger(*store, NodeKey::load(config.keys + "/node.key"), config.node);
    if (ledger.is_new()) append(ledger, Event("chain.start").put("public_key", ledger.key().public_line()));
    Event event("chain.restored");
    if (anchor) event.put("anchored_seq", anchor->head.seq).put("anchored_hash", anchor->head.hash);
    append(ledger, event.text("reason", reason));
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
