// SPDX-License-Identifier: Apache-2.0
#include "config/reader.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace sallyport {
namespace {

std::optional<std::uint64_t> whole(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// `12h` by a table of units; absent if it is none or would overflow.
std::optional<std::uint64_t> with_unit(const std::string& text,
                                       const std::map<std::string, std::uint64_t>& units) {
    const std::size_t split = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto value = whole(std::string_view(text).substr(0, split));
    const auto unit = units.find(text.substr(split));
    if (!value || unit == units.end() || *value > INT64_MAX / 1'000'000 / unit->second) return std::nullopt;
    return *value * unit->second;
}

constexpr std::chrono::hours longest_time{24 * 36500};  // a hundred years; a clock counts 292 in nanoseconds

const std::map<std::string, std::uint64_t> size_units = {
    {"", 1}, {"KiB", 1U << 10}, {"MiB", 1U << 20}, {"GiB", 1U << 30}};
const std::map<std::string, std::uint64_t> time_units = {
    {"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}  // namespace

std::optional<std::size_t> parse_size(const std::string& text) {
    return with_unit(text, size_units);
}

Reader::Reader(const Yaml& map, std::string where, const std::string& file, Faults& faults)
    : map_(map), where_(std::move(where)), file_(file), faults_(faults) {
    if (map.kind != Yaml::Kind::map && map.kind != Yaml::Kind::null)
        fault(map.line, "this must be a map of settings");
}

void Reader::fault(int line, const std::string& text) {
    faults_.push_back({file_, line, (where_.empty() ? "" : where_ + ": ") + text});
}

const Yaml* Reader::take(const std::string& key) {
    known_.insert(key);
    return map_.find(key);
}

const Yaml* Reader::take_scalar(const std::string& key) {
    const Yaml* value = take(key);
    if (value == nullptr || value->kind == Yaml::Kind::scalar) return value;
    fault(value->line, key + " must be a single value");
    return nullptr;
}

void Reader::text(const std::string& key, std::string& out) {
    if (const Yaml* value = take_scalar(key)) out = value->text;
}

void Reader::flag(const std::string& key, bool& out) {
    const Yaml* value = take_scalar(key);
    if (value == nullptr) return;
    if (value->text == "true" || value->text == "false")
        out = value->text == "true";
    else
        fault(value->line, key + " must be true or false");
}

void Reader::number(const std::string& key, std::size_t& out, std::size_t least) {
    const Yaml* value = take_scalar(key);
    if (value == nullptr) return;
    const auto read = whole(value->text);
    if (!read) return fault(value->line, key + " must be a whole number");
    if (*read < least) return fault(value->line, key + " must be at least " + std::to_string(least));
    out = *read;
}

void Reader::bytes(const std::string& key, std::size_t& out) {
    const Yaml* value = take_scalar(key);
    if (value == nullptr) return;
    if (const auto read = parse_size(value->text))
        out = *read;
    else
        fault(value->line, key + " must be a size such as 4096, 64KiB, 1MiB or 2GiB");
}

void Reader::seconds(const std::string& key, std::chrono::seconds& out, std::chrono::seconds least) {
    const Yaml* value = take_scalar(key);
    if (value == nullptr) return;
    const auto read = with_unit(value->text, time_units);
    if (!read) return fault(value->line, key + " must be a time such as 30s, 10m, 12h or 90d");
    if (std::chrono::seconds(*read) < least)
        return fault(value->line, key + " must be at least " + std::to_string(least.count()) + "s");
    if (std::chrono::seconds(*read) > longest_time)
        return fault(value->line, key + " must be at most 36500d");
    out = std::chrono::seconds(*read);
}

void Reader::list(const std::string& key, std::vector<std::string>& out) {
    const Yaml* value = take(key);
    if (value == nullptr) return;
    if (value->kind != Yaml::Kind::list) return fault(value->line, key + " must be a list");
    out.clear();
    for (const Yaml& item : value->items) {
        if (item.kind != Yaml::Kind::scalar) fault(item.line, key + " must be a list of single values");
        out.push_back(item.text);
    }
}

void Reader::narrowing(const std::string& key, std::vector<std::string>& out) {
    list(key, out);
    const Yaml* value = map_.find(key);
    if (value != nullptr && value->kind == Yaml::Kind::list && value->items.empty())
        fault(value->line, key + " is empty; leave it out if any is meant");
}

void Reader::with(const std::string& key, const std::function<void(const Yaml&)>& read) {
    if (const Yaml* value = take(key)) read(*value);
}

void Reader::finish() {
    for (const auto& [key, value] : map_.members) {
        if (known_.count(key.text) != 0) continue;
        const auto nearer = [&typed = key.text](const std::string& a, const std::string& b) {
            return distance(a, typed) < distance(b, typed);
        };
        const auto nearest = std::min_element(known_.begin(), known_.end(), nearer);
        fault(key.line, "unknown setting " + key.text +
                            (nearest == known_.end() ? "" : "; the nearest known one is " + *nearest));
    }
}

}  // namespace sallyport
