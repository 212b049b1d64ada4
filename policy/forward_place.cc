// SPDX-License-Identifier: Apache-2.0
#include "policy/forward_place.h"

#include <algorithm>

#include "config/socket_path.h"

namespace sallyport {
namespace {

bool is_port(const std::string& entry, const ForwardPlace& place) {
    const std::size_t colon = entry.rfind(':');
    if (entry.starts_with("unix:") || colon == std::string::npos) return false;
    const std::string shown = place.host.find(':') == std::string::npos ? place.host : "[" + place.host + "]";
    const std::string host = entry.substr(0, colon);
    const std::string port = entry.substr(colon + 1);
    return (host == "*" || host == shown) && (port == "*" || port == std::to_string(place.port));
}

bool is_socket(const std::string& entry, const ForwardPlace& place) {
    return entry == "unix:*" || entry == "unix:" + place.path;
}

}  // namespace

std::string to_text(const ForwardPlace& place) {
    return place.path.empty() ? place.host + ":" + std::to_string(place.port) : "unix:" + place.path;
}

bool matches_place(const std::vector<std::string>& list, const ForwardPlace& place) {
    if (!place.path.empty() && !is_socket_path(place.path)) return false;
    const auto is_it = place.path.empty() ? is_port : is_socket;
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& entry) { return is_it(entry, place); });
}

}  // namespace sallyport
