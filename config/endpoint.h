// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sallyport {

/// `HOST:PORT`; an IPv6 address stands in brackets, which `host` is without. Whether the host is a name, an
/// address or empty is the caller's to judge.
struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
};
[[nodiscard]] std::optional<Endpoint> parse_endpoint(const std::string& text);

/// True for an IPv4 or IPv6 address, without net or brackets.
[[nodiscard]] bool is_numeric(const std::string& host);

}  // namespace sallyport
