// SPDX-License-Identifier: Apache-2.0
#include "common/ids.h"

#include <cstdint>
#include <mutex>

#include "common/clock.h"
#include "common/digest.h"

namespace sallyport {
namespace {

/// Milliseconds and 12 bits below them, never the same twice and never going back (RFC 9562 §6.2, method 3).
std::uint64_t next_stamp() {
    static std::mutex mutex;
    static std::uint64_t last = 0;
    const auto now = static_cast<std::uint64_t>(wall_now().time_since_epoch().count());
    const std::uint64_t stamp = now / 1000 << 12 | now % 1000 * 4096 / 1000;
    const std::lock_guard lock(mutex);
    last = stamp > last ? stamp : last + 1;
    return last;
}

}  // namespace

std::string new_id() {
    const std::uint64_t stamp = next_stamp();
    std::string bytes = random_bytes(16);
    for (int i = 0; i < 6; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<char>(stamp >> (52 - 8 * i));
    bytes[6] = static_cast<char>(0x70 | (stamp >> 8 & 0x0f));
    bytes[7] = static_cast<char>(stamp);
    bytes[8] = static_cast<char>(0x80 | (bytes[8] & 0x3f));
    std::string hex = to_hex(bytes);
    for (const std::size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
    return hex;
}

bool is_id(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool is_hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (is_dash ? text[i] != '-' : !is_hex) return false;
    }
    return true;
}

}  // namespace sallyport
