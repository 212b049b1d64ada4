// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace sallyport {

/// A net of addresses; IPv4 stands in its mapped form, so that both kinds compare alike.
struct Cidr {
    std::array<std::uint8_t, 16> address{};
    unsigned prefix = 128;

    [[nodiscard]] bool holds(const Cidr& host) const;
};

/// `192.0.2.0/24`, `2001:db8::/32`, or one address. Absent if it is none.
[[nodiscard]] std::optional<Cidr> parse_cidr(const std::string& text);

}  // namespace sallyport
