// SPDX-License-Identifier: Apache-2.0
#include "config/host_pattern.h"

#include <algorithm>
#include <cctype>

#include "config/inventory_ranges.h"

namespace sallyport {
namespace {

constexpr std::string_view decimal = "0123456789";

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

/// `\w`: bytes of names beyond ASCII are taken for letters.
bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

std::size_t count_of(std::string_view text, std::string_view letters) {
    return std::min(text.find_first_not_of(letters), text.size());
}

/// Length of `[A:B]` or `[A:B:STEP]` at the front, with ends out of `letters`; 0 if there is none.
std::size_t range_at(std::string_view text, std::string_view letters, bool allows_single_letters) {
    if (text.empty() || text[0] != '[') return 0;
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return 0;
    std::string_view inside = text.substr(1, end - 1);
    const auto take = [&](std::string_view from) {
        const std::size_t count = count_of(inside, from);
        inside.remove_prefix(count);
        return count > 0;
    };
    if (allows_single_letters && inside.size() >= 3 && is_letter(inside[0]) && inside[1] == ':' &&
        is_letter(inside[2])) {
        inside.remove_prefix(3);
    } else {
        if (!take(letters) || !inside.starts_with(':')) return 0;
        inside.remove_prefix(1);
        if (!take(letters)) return 0;
    }
    if (!inside.empty() && (inside[0] != ':' || !(inside.remove_prefix(1), take(decimal)))) return 0;
    return inside.empty() ? end + 1 : 0;
}

/// Labels of letters, digits, `_`, `-` and ranges with dots between them, none with `-` or `_` at its ends;
/// the first character may be `_`.
bool is_hostname(std::string_view text) {
    char last = '.';
    while (!text.empty()) {
        const std::size_t range = range_at(text, decimal, true);
        const char c = range > 0 ? ']' : text[0];
        if (c == '.') {
            if (last == '.' || last == '-' || last == '_') return false;
        } else if (c == '-') {
            if (last == '.') return false;
        } else if (range == 0 && !is_word(c)) {
            return false;
        }
        last = c;
        text.remove_prefix(std::max<std::size_t>(range, 1));
    }
    return last != '.' && last != '-' && last != '_';
}

/// One part of an IPv6 address, or a range in its place.
bool take_component(std::string_view& text) {
    constexpr std::string_view hex = "0123456789abcdefABCDEF";
    const std::size_t range = range_at(text, hex, false);
    const std::size_t size = range > 0 ? range : std::min<std::size_t>(count_of(text, hex), 4);
    text.remove_prefix(size);
    return size > 0;
}

/// Ansible anchors only the last of its alternatives at the end, so any text that begins like an IPv6 address
/// is one. (An IPv4 address in one, after zeros, needs its own look; behind `::` it does not.)
bool begins_as_ipv6(std::string_view text) {
    if (text.starts_with("::")) return true;
    int parts = 0;
    while (take_component(text)) {
        ++parts;
        if (parts == 8) return true;
        if (text.starts_with("::") && parts <= 6) return true;
        if (parts == 7 && text.starts_with('.')) return true;
        if (!text.starts_with(':')) return false;
        text.remove_prefix(1);
    }
    return false;
}

/// `NAME:PORT` where no colon stands in the name outside of brackets.
std::optional<HostPattern> host_and_port(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon + 1 == text.size()) return std::nullopt;
    if (text.find_first_not_of(decimal, colon + 1) != std::string::npos) return std::nullopt;
    for (std::size_t at = 0; at < colon; ++at) {
        if (text[at] == ':' || text[at] == ']') return std::nullopt;
        if (text[at] == '[') at = text.find(']', at);
        if (at == std::string::npos || at > colon) return std::nullopt;
    }
    return HostPattern{text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<HostPattern> bracketed(const std::string& text) {
    const std::size_t end = text.rfind("]:");
    if (text[0] != '[' || end == std::string::npos || end < 2 || end + 2 == text.size()) return std::nullopt;
    if (text.find_first_not_of(decimal, end + 2) != std::string::npos) return std::nullopt;
    return HostPattern{text.substr(1, end - 1), text.substr(end + 2)};
}

}  // namespace

HostPattern split_port(const std::string& pattern) {
    HostPattern out{pattern, ""};
    if (pattern.empty()) return out;
    if (auto found = bracketed(out.name)) out = *found;
    if (auto found = host_and_port(out.name)) out = *found;
    if (!is_hostname(out.name) && !begins_as_ipv6(out.name)) return {pattern, ""};
    if (out.port.find_first_not_of('0') == std::string::npos) out.port.clear();  // as if none were said
    return out;
}

std::optional<PatternHosts> expand_pattern(const std::string& pattern) {
    const HostPattern split = split_port(pattern);
    auto names = expand_ranges(split.name);
    if (!names) return std::nullopt;
    return PatternHosts{std::move(*names), split.port};
}

}  // namespace sallyport
