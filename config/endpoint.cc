// SPDX-License-Identifier: Apache-2.0
#include "config/endpoint.h"

#include <charconv>

#include "config/cidr.h"

namespace sallyport {

std::optional<Endpoint> parse_endpoint(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    Endpoint out{text.substr(0, colon), 0};
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + colon + 1, end, out.port);
    if (error != std::errc() || at != end) return std::nullopt;
    const bool is_bracketed = out.host.starts_with("[") && out.host.ends_with("]");
    // Without brackets the last number of an IPv6 address would pass for a port.
    if (is_bracketed != (out.host.find(':') != std::string::npos)) return std::nullopt;
    if (is_bracketed) out.host = out.host.substr(1, out.host.size() - 2);
    return out;
}

bool is_numeric(const std::string& host) {
    return host.find('/') == std::string::npos && parse_cidr(host).has_value();
}

}  // namespace sallyport
