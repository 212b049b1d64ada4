// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/failed_logins.h"

#include <arpa/inet.h>

#include <algorithm>

namespace sallyport::audit {
namespace {

constexpr std::size_t others = 8;      // rows kept for `other`: one for each kind, and there are fewer
constexpr const char* many = "other";  // the source of what goes beyond the bound

std::string in_text(int family, const void* address, const char* prefix) {
    char text[INET6_ADDRSTRLEN];
    return std::string(inet_ntop(family, address, text, sizeof text)) + prefix;
}

}  // namespace

std::string net_of(const std::string& address) {
    in_addr four{};
    if (inet_pton(AF_INET, address.c_str(), &four) == 1) {
        four.s_addr &= htonl(0xffffff00);
        return in_text(AF_INET, &four, "/24");
    }
    in6_addr six{};
    if (inet_pton(AF_INET6, address.c_str(), &six) != 1) return many;
    std::fill(six.s6_addr + 8, six.s6_addr + 16, 0);
    return in_text(AF_INET6, &six, "/64");
}

void FailedLogins::add(const std::string& kind, const std::string& address, const std::string& name,
                       WallTime now) {
    const WallTime minute = std::chrono::floor<std::chrono::minutes>(now);
    Key key{minute, kind, net_of(address)};
    if (rows_.size() + others >= max_rows && rows_.count(key) == 0) std::get<2>(key) = many;
    Row& row = rows_[key];
    if (row.count++ == 0) {
        row.first = now;
        row.name = name.substr(0, 255);
    }
    row.last = now;
}

std::vector<Event> FailedLogins::take(WallTime now, bool everything) {
    const WallTime minute = std::chrono::floor<std::chrono::minutes>(now);
    std::vector<Event> out;
    for (auto at = rows_.begin(); at != rows_.end() && (everything || std::get<0>(at->first) != minute);) {
        const Row& row = at->second;
        Event& event = out.emplace_back("auth.failed");
        event.put("kind", std::get<1>(at->first))
            .put("source", std::get<2>(at->first))
            .put("count", row.count);
        event.put("first", to_rfc3339(row.first)).put("last", to_rfc3339(row.last));
        if (!row.name.empty()) event.text("name", row.name);
        at = rows_.erase(at);
    }
    return out;
}

}  // namespace sallyport::audit
