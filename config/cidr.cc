// SPDX-License-Identifier: Apache-2.0
#include "config/cidr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace sallyport {

bool Cidr::holds(const Cidr& host) const {
    for (unsigned bit = 0; bit < prefix; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
        if ((address[bit / 8] & mask) != (host.address[bit / 8] & mask)) return false;
    }
    return true;
}

std::optional<Cidr> parse_cidr(const std::string& text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string host =
        text.substr(0, std::min(slash, text.find('%')));  // a scope says which link, not who
    Cidr out;
    unsigned offset = 0;
    in_addr four{};
    if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
        offset = 96;
        out.address[10] = out.address[11] = 0xff;
        std::copy_n(reinterpret_cast<const std::uint8_t*>(&four), 4, out.address.begin() + 12);
    } else if (inet_pton(AF_INET6, host.c_str(), out.address.data()) != 1) {
        return std::nullopt;
    }
    if (slash == text.size()) return out;
    unsigned length = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + slash + 1, end, length);
    if (error != std::errc() || at != end || length > 128 - offset) return std::nullopt;
    out.prefix = offset + length;
    // Bits beyond the prefix are a slip of the pen that could open more than was meant.
    Cidr net = out;
    for (unsigned bit = out.prefix; bit < 128; ++bit)
        net.address[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
    if (net.address != out.address) return std::nullopt;
    return out;
}

}  // namespace sallyport
