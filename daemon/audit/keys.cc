// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/keys.h"

#include <filesystem>

#include "common/error.h"
#include "daemon/audit/sinks.h"

namespace sallyport::audit {
namespace {

constexpr const char* advice =
    "; if the store was put back from a backup on purpose, run `sallyportd store restore`, which says so on "
    "the chain";

/// The hash of an event in the store, or empty.
std::string hash_at(const store::Store& store, std::uint64_t seq) {
    std::string hash;
    store.each(seq, seq, [&](const store::Stored& event) { hash = event.hash; });
    return hash;
}

// Exactly this head: an old restore must not excuse a later roll-back.
bool is_given_up(const store::Store& store, const Anchor& anchor) {
    bool found = false;
    const store::EventFilter restores{"chain.restored", "", "", ""};
    for (const store::Stored& event : store.events(restores, "", store::max_page).items) {
        const Json line = Json::parse(event.line);
        found = found || (line.value("anchored_seq", std::uint64_t{0}) == anchor.head.seq &&
                          line.value("anchored_hash", std::string()) == anchor.head.hash);
    }
    return found;
}

void check_anchor(const store::Store& store, const std::optional<Head>& head, const Anchor& anchor) {
    if (head && head->seq >= anchor.head.seq && hash_at(store, anchor.head.seq) == anchor.head.hash) return;
    if (head && is_given_up(store, anchor)) return;
    throw Error(Code::config, "the store is behind its anchor (event " + std::to_string(anchor.head.seq) +
                                  " is not in it as it was): events are missing" + advice);
}

/// The public key that the chain itself names last.
std::string chain_key(const store::Store& store) {
    std::string key;
    for (const char* type : {"chain.start", "chain.key_changed"})
        for (const store::Stored& event : store.events({type, "", "", ""}, "", store::max_page).items)
            key = Json::parse(event.line).value("public_key", key);
    return key;
}

NodeKey own_key(const store::Store& store, const std::string& file) {
    NodeKey key = NodeKey::load(file);
    if (key.public_line() != chain_key(store))
        throw Error(Code::config,
                    file + " is not the key that the store's chain names: put the right key back");
    return key;
}

}  // namespace

NodeKey key_for(const store::Store& store, const std::string& node, const std::string& keys_folder,
                const std::string& anchors_file) {
    const std::string file = keys_folder + "/node.key";
    const bool has_key = std::filesystem::exists(file);
    const auto head = store.head();
    if (has_key && !head)
        throw Error(Code::config, file + " is there, but the store is empty: a history is missing" + advice);
    if (!has_key && head)
        throw Error(Code::config,
                    "the store has a history, but its key " + file + " is missing: put the key back");
    if (const auto anchor = last_anchor(anchors_file, node)) check_anchor(store, head, *anchor);
    if (has_key) return own_key(store, file);
    NodeKey made = NodeKey::generate();
    made.save(file);
    return made;
}

}  // namespace sallyport::audit
