// SPDX-License-Identifier: Apache-2.0
#include "config/python_string.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <string>

namespace sallyport {
namespace {

/// Letters before the quote, in lower case.
std::string prefix_of(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 3)) {
        if (std::isalpha(static_cast<unsigned char>(c)) == 0) break;
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

/// `\xHH`, `\uHHHH`, `\UHHHHHHHH` behind their letter. 0 if they are malformed, else their length.
std::size_t code_point(std::string_view text, std::size_t digits, Scalar& out) {
    const std::string_view hex = text.substr(0, digits);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (hex.size() != digits || error != std::errc() || end != hex.data() + hex.size()) return 0;
    if (value >= 0x80) out.kind = Scalar::Kind::unknown;
    out.text += static_cast<char>(value);
    return digits;
}

std::size_t octal(std::string_view text, Scalar& out) {
    std::size_t size = 0;
    unsigned value = 0;
    for (; size < std::min<std::size_t>(3, text.size()) && text[size] >= '0' && text[size] <= '7'; ++size)
        value = value * 8 + static_cast<unsigned>(text[size] - '0');
    if (value >= 0x80) out.kind = Scalar::Kind::unknown;
    out.text += static_cast<char>(value);
    return size;
}

/// What stands behind a backslash. Absent if it is malformed, else its length; one that means nothing is 0,
/// for the backslash then stands for itself.
std::optional<std::size_t> escape(std::string_view text, bool is_bytes, Scalar& out) {
    static constexpr std::string_view from = "\\'\"abfnrtv";
    static constexpr std::string_view to = "\\'\"\a\b\f\n\r\t\v";
    if (text.empty()) return std::nullopt;
    const char c = text[0];
    if (const std::size_t found = from.find(c); found != std::string_view::npos) {
        out.text += to[found];
        return 1;
    }
    if (c >= '0' && c <= '7') return octal(text, out);
    if (c == 'x' || (!is_bytes && (c == 'u' || c == 'U'))) {
        const std::size_t size = code_point(text.substr(1), c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
        return size > 0 ? std::optional(size + 1) : std::nullopt;
    }
    if (!is_bytes && c == 'N') return std::nullopt;  // by a name of Unicode's
    out.text += '\\';
    return 0;
}

}  // namespace

bool begins_python_string(std::string_view text) {
    text.remove_prefix(prefix_of(text).size());
    return text.starts_with('"') || text.starts_with('\'');
}

std::optional<PythonString> python_string_at(std::string_view text, Scalar& out) {
    const std::string prefix = prefix_of(text);
    PythonString found{prefix.size(), prefix == "b" || prefix == "br" || prefix == "rb"};
    if (!begins_python_string(text)) return std::nullopt;
    if (!found.is_bytes && !prefix.empty() && prefix != "r" && prefix != "u") return std::nullopt;
    const bool is_raw = prefix.find('r') != std::string::npos;
    const char quote = text[found.size];
    const bool is_long = text.substr(found.size, 3) == std::string(3, quote);
    const std::string end(is_long ? 3 : 1, quote);
    found.size += end.size();
    for (; !text.substr(found.size).starts_with(end);) {
        if (found.size == text.size()) return std::nullopt;
        const char c = text[found.size];
        if (found.is_bytes && static_cast<unsigned char>(c) >= 0x80) return std::nullopt;
        if (c == '\\' && !is_raw) {
            const auto size = escape(text.substr(found.size + 1), found.is_bytes, out);
            if (!size) return std::nullopt;
            found.size += 1 + *size;
            continue;
        }
        const std::size_t size = c == '\\' ? std::min<std::size_t>(2, text.size() - found.size) : 1;
        out.text += text.substr(found.size, size);
        found.size += size;
    }
    found.size += end.size();
    return found;
}

}  // namespace sallyport
