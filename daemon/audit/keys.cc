// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/keys.h"

#include <filesystem>

#include "common/error.h"
#include "daemon/audit/sinks.h"
#include "daemon/runtime/log.h"

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
    const store::EventFilter restores{"chain.restored"};
    for (const store::Stored& event : store.list(restores, {"", store::max_page}).items) {
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
        for (const store::Stored& event : store.list(store::EventFilter{type}, {"", store::max_page}).items)
            key = Json::parse(event.line).value("public_key", key);
    return key;
}

/// A node that is named anew would go on with a chain of another.
void check_name(const store::Store& store, const std::string& node) {
    std::string name = node;
    store.each(1, 1, [&](const store::Stored& first) {
        if (!first.line.empty()) name = Json::parse(first.line).value("node", node);
    });
    if (name != node)
        throw Error(Code::config, "the store's chain is of the node " + name +
                                      ", and the config says node: " + node +
                                      "; put the name back, or give the new node a state of its own");
}

/// The first start makes the key under this name, and settles it once the chain names it: so a start that was
/// interrupted in between is known from a store that was taken away.
std::string unsettled(const std::string& file) {
    return file + ".new";
}

NodeKey first_key(const std::string& file) {
    std::filesystem::remove(unsettled(file));
    NodeKey made = NodeKey::generate();
    made.save(unsettled(file));
    return made;
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
    const auto head = store.head();
    if (head) settle_key(keys_folder);
    const bool has_key = std::filesystem::exists(file);
    if (has_key && !head)
        throw Error(Code::config, file + " is there, but the store is empty: a history is missing" + advice);
    if (!has_key && head)
        throw Error(Code::config,
                    "the store has a history, but its key " + file + " is missing: put the key back");
    if (head) check_name(store, node);
    if (const auto anchor = last_anchor(anchors_file, node))
        check_anchor(store, head, *anchor);
    else if (head)
        log::warn("no anchor speaks for this store", {{"anchors", anchors_file}, {"events", head->seq}});
    return has_key ? own_key(store, file) : first_key(file);
}

void settle_key(const std::string& keys_folder) {
    const std::string file = keys_folder + "/node.key";
    if (std::filesystem::exists(unsettled(file)) && !std::filesystem::exists(file))
        std::filesystem::rename(unsettled(file), file);  // if power fails here, the next start does it again
}

}  // namespace sallyport::audit
