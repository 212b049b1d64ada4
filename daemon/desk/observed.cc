// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/observed.h"

#include <algorithm>

namespace sallyport::desk {
namespace {

constexpr std::size_t max_observed = 1000;

bool was_reached(const Json& counts) {
    return counts.contains("ok") || counts.contains("changed") || counts.contains("failed");
}

}  // namespace

Observed observed_by(const store::Store& store, const std::string& run_id) {
    store::Filter filter;
    filter.kinds = {"ssh_session"};
    filter.run_id = run_id;
    Observed out;
    for (store::Cut cut{"", store::max_page};;) {
        const auto page = store.list(filter, cut);
        for (const Json& session : page.items) {
            const Json& host = session.at("host");
            out.names.insert(host.value("inventory_name", ""));
            out.places.emplace(host.value("ansible_host", ""), host.value("port", std::uint16_t{0}));
        }
        if (page.next.empty() || out.names.size() >= max_observed) break;
        cut.cursor = page.next;
    }
    return out;
}

Json bypassed_hosts(const Json& run, const Observed& observed, const Inventory& inventory) {
    const Json listed = run.value("inventory_hosts", Json::array());
    const Json results = run.value("results", Json::object());
    Json out = Json::array();
    for (const auto& [name, counts] : results.items()) {
        const auto host = inventory.hosts.find(name);
        const bool is_known = host != inventory.hosts.end();
        const bool is_listed =
            is_known || std::find(listed.begin(), listed.end(), Json(name)) != listed.end();
        const bool is_seen =
            observed.names.contains(name) ||
            (is_known && observed.places.contains({host->second.ansible_host, host->second.port}));
        if (is_listed && was_reached(counts) && !is_seen) out.push_back(name);
    }
    return out;
}

}  // namespace sallyport::desk
