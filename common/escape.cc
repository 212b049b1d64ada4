// SPDX-License-Identifier: Apache-2.0
#include "common/escape.h"

#include <cstdint>
#include <cstdio>

namespace sallyport {
namespace {

struct Decoded {
    std::uint32_t point = 0;
    std::size_t size = 0;  // 0: not valid here
};

/// One character of UTF-8 (RFC 3629): no overlong forms, no surrogates.
Decoded decode(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char first = at(0);
    if (first < 0x80) return {first, 1};
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || bytes.size() < size) return {};
    std::uint32_t point = first & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((at(i) & 0xc0U) != 0x80) return {};
        point = point << 6 | (at(i) & 0x3fU);
    }
    constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < smallest[size] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return {};
    return {point, size};
}

bool is_shown(std::uint32_t point) {
    if (point < 0x20 || point == '\\') return false;
    if (point >= 0x7f && point < 0xa0) return false;       // DEL and C1
    if (point >= 0x200b && point <= 0x200f) return false;  // zero width, direction marks
    if (point >= 0x2028 && point <= 0x202e) return false;  // line separators, direction overrides
    if (point >= 0x2066 && point <= 0x2069) return false;  // direction isolates
    return point != 0x61c && point != 0xfeff;
}

void append_byte(std::string& out, unsigned char byte) {
    char text[8];
    std::snprintf(text, sizeof text, "\\x%02x", byte);
    out += text;
}

void append_point(std::string& out, std::uint32_t point) {
    char text[16];
    std::snprintf(text, sizeof text, "\\u{%x}", point);
    out += text;
}

}  // namespace

std::string escaped(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const Decoded found = decode(bytes);
        const std::size_t size = found.size == 0 ? 1 : found.size;
        if (found.size == 0 || (found.size == 1 && !is_shown(found.point) && found.point != '\\'))
            append_byte(out, static_cast<unsigned char>(bytes[0]));
        else if (found.point == '\\')
            out += "\\\\";
        else if (is_shown(found.point))
            out += bytes.substr(0, size);
        else
            append_point(out, found.point);
        bytes.remove_prefix(size);
    }
    return out;
}

std::string to_utf8(std::string_view bytes, bool* is_valid) {
    std::string out;
    bool valid = true;
    while (!bytes.empty()) {
        const Decoded found = decode(bytes);
        if (found.size == 0) {
            out += "\xef\xbf\xbd";
            valid = false;
            bytes.remove_prefix(1);
        } else {
            out += bytes.substr(0, found.size);
            bytes.remove_prefix(found.size);
        }
    }
    if (is_valid != nullptr) *is_valid = valid;
    return out;
}

std::string_view cut_utf8(std::string_view text, std::size_t bound) {
    if (text.size() <= bound) return text;
    while (bound > 0 && (static_cast<unsigned char>(text[bound]) & 0xc0U) == 0x80) --bound;
    return text.substr(0, bound);
}

}  // namespace sallyport
