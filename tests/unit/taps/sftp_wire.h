// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/taps/sftp_words.h"

namespace sallyport::taps::sftp {

/// Makes SFTP packets for tests.
inline std::string u32(std::uint32_t value) {
    std::string out(4, '\0');
    for (int at = 3; at >= 0; --at, value >>= 8U)
        out[static_cast<std::size_t>(at)] = static_cast<char>(value);
    return out;
}
inline std::string u64(std::uint64_t value) {
    return u32(static_cast<std::uint32_t>(value >> 32U)) + u32(static_cast<std::uint32_t>(value));
}
inline std::string str(std::string_view text) {
    return u32(static_cast<std::uint32_t>(text.size())).append(text);
}
inline std::string packet(Type type, std::string_view body) {
    std::string out = u32(static_cast<std::uint32_t>(body.size() + 1));
    out += static_cast<char>(type);
    return out.append(body);
}
inline std::string answer(std::uint32_t id, std::uint32_t code) {
    return packet(Type::status, u32(id) + u32(code) + str("words") + str("en"));
}

}  // namespace sallyport::taps::sftp
