// SPDX-License-Identifier: Apache-2.0
#include "config/inventory_ranges.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace sallyport {
namespace {

constexpr std::size_t max_names = 65536;
constexpr long max_number = 1'000'000'000;
constexpr long max_ranges = 8;  // in one pattern
constexpr std::string_view letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";  // Ansible's order

struct Range {
    long first = 0;
    long last = 0;
    long step = 1;
    std::size_t width = 0;  // of numbers with leading zeros
    bool is_letters = false;
};

std::optional<long> number(const std::string& text) {
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0 ||
        value > max_number)
        return std::nullopt;
    return value;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> out(1);
    for (char c : text) {
        if (c == ':')
            out.emplace_back();
        else
            out.back() += c;
    }
    return out;
}

std::optional<Range> parse(const std::string& text) {
    const auto parts = split(text);
    if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
    Range out;
    if (parts.size() == 3) {
        const auto step = number(parts[2]);
        if (!step || *step == 0) return std::nullopt;
        out.step = *step;
    }
    const auto is_letter = [](const std::string& s) {
        return s.size() == 1 && letters.find(s[0]) != std::string_view::npos;
    };
    if (is_letter(parts[0]) && is_letter(parts[1])) {
        out.is_letters = true;
        out.first = static_cast<long>(letters.find(parts[0][0]));
        out.last = static_cast<long>(letters.find(parts[1][0]));
    } else {
        const auto first = number(parts[0].empty() ? "0" : parts[0]);
        const auto last = number(parts[1]);
        if (!first || !last) return std::nullopt;
        out.first = *first;
        out.last = *last;
        if (parts[0].size() > 1 && parts[0][0] == '0') {
            out.width = parts[0].size();
            if (parts[1].size() != out.width) return std::nullopt;  // Ansible: both ends are padded alike
        }
    }
    if (out.first > out.last) return std::nullopt;
    return out;
}

std::string value_of(const Range& range, long at) {
    if (range.is_letters) return std::string(1, letters[static_cast<std::size_t>(at)]);
    std::string text = std::to_string(at);
    return text.size() < range.width ? std::string(range.width - text.size(), '0') + text : text;
}

}  // namespace

std::optional<std::vector<std::string>> expand_ranges(const std::string& pattern) {
    if (std::count(pattern.begin(), pattern.end(), '[') > max_ranges) return std::nullopt;
    const std::size_t open = pattern.find('[');
    if (open == std::string::npos) return std::vector{pattern};
    const std::size_t close = pattern.find(']', open);
    if (close == std::string::npos) return std::nullopt;
    const auto range = parse(pattern.substr(open + 1, close - open - 1));
    const auto tails = range ? expand_ranges(pattern.substr(close + 1)) : std::nullopt;
    if (!tails) return std::nullopt;
    const auto count = static_cast<std::size_t>((range->last - range->first) / range->step + 1);
    if (count > max_names || count * tails->size() > max_names) return std::nullopt;
    std::vector<std::string> out;
    for (long at = range->first; at <= range->last; at += range->step)
        for (const std::string& tail : *tails)
            out.push_back(pattern.substr(0, open) + value_of(*range, at) + tail);
    return out;
}

}  // namespace sallyport
