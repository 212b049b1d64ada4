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

/// As Python's int() takes it, without its rarities.
std::optional<long> number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < -max_number ||
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
    auto parts = split(text);
    if (parts.size() < 2 || parts.size() > 3 || parts[1].empty()) return std::nullopt;
    if (parts[0].empty()) parts[0] = "0";
    Range out;
    if (parts[0].size() > 1 && parts[0][0] == '0') {
        out.width = parts[0].size();
        if (parts[1].size() != out.width) return std::nullopt;  // Ansible: both ends are padded alike
    }
    if (parts.size() == 3) {
        const auto step = number(parts[2]);
        if (!step || *step == 0) return std::nullopt;
        out.step = *step;
    }
    // Ansible looks for the ends in the row of letters, so several in that row count from the first of them.
    const std::size_t first_letter = letters.find(parts[0]);
    const std::size_t last_letter = letters.find(parts[1]);
    if (first_letter != std::string_view::npos && last_letter != std::string_view::npos) {
        if (first_letter > last_letter) return std::nullopt;
        out.is_letters = true;
        out.first = static_cast<long>(first_letter);
        out.last = static_cast<long>(last_letter);
        if (out.step < 0) out.last = out.first - 1 - out.step;  // a slice backwards holds nothing
        return out;
    }
    const auto first = number(parts[0]);
    const auto last = number(parts[1]);
    if (!first || !last) return std::nullopt;
    out.first = *first;
    out.last = *last + (out.step < 0 ? 2 : 0);  // as range(first, last + 1, step) ends
    return out;
}

std::string value_of(const Range& range, long at) {
    if (range.is_letters) return std::string(1, letters[static_cast<std::size_t>(at)]);
    std::string text = std::to_string(at);
    return text.size() < range.width ? std::string(range.width - text.size(), '0') + text : text;
}

std::size_t count_of(const Range& range) {
    const long way = range.step > 0 ? range.last - range.first : range.first - range.last;
    return way < 0 ? 0 : static_cast<std::size_t>(way / std::abs(range.step)) + 1;
}

}  // namespace

std::optional<std::vector<std::string>> expand_ranges(const std::string& pattern) {
    if (std::count(pattern.begin(), pattern.end(), '[') > max_ranges) return std::nullopt;
    const std::size_t open = pattern.find('[');
    if (open == std::string::npos) return std::vector{pattern};
    const std::size_t close = pattern.find(']');
    if (close == std::string::npos || close < open) return std::nullopt;
    if (pattern.find('|') != std::string::npos) return std::nullopt;  // Ansible's own mark
    const auto range = parse(pattern.substr(open + 1, close - open - 1));
    if (!range) return std::nullopt;
    const std::size_t count = count_of(*range);
    if (count == 0) return std::vector<std::string>();
    const auto tails = expand_ranges(pattern.substr(close + 1));
    if (!tails || count > max_names || count * tails->size() > max_names) return std::nullopt;
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i)
        for (const std::string& tail : *tails)
            out.push_back(pattern.substr(0, open) +
                          value_of(*range, range->first + static_cast<long>(i) * range->step) + tail);
    return out;
}

}  // namespace sallyport
