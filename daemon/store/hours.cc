// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/hours.h"

#include <algorithm>

#include "common/clock.h"

namespace sallyport::store {
namespace {

constexpr std::int64_t ten_years = std::int64_t{24} * 3653;
constexpr std::int64_t none = INT64_MAX;  // no number: behind all

/// Hours since 1970, 0 for what is no time.
std::int64_t hour_of(const std::string& time) {
    const auto read = from_rfc3339(time);
    return read ? std::chrono::floor<std::chrono::hours>(*read).time_since_epoch().count() : 0;
}

std::int64_t one(const Database& db, std::string_view sql, std::int64_t value, std::int64_t otherwise) {
    Statement get(db, sql);
    get.bind(1, value);
    return get.step() && !get.is_null(0) ? get.number(0) : otherwise;
}

}  // namespace

void Hours::put(std::uint64_t seq, const std::string& time) {
    const auto number = static_cast<std::int64_t>(seq);
    Statement put(
        db_,
        "INSERT INTO hours(hour, first_seq, last_seq, first_open) VALUES(?1, ?2, ?2, ?3)"
        " ON CONFLICT(hour) DO UPDATE SET first_seq = min(first_seq, ?2), last_seq = max(last_seq, ?2)"
        " WHERE ?2 < first_seq OR ?2 > last_seq");
    put.bind(1, hour_of(time)).bind(2, number).bind(3, none).finish();
}

void Hours::put_open(std::uint64_t seq, const std::string& began, const std::string& ended) {
    const std::int64_t last = hour_of(ended);
    for (std::int64_t hour = std::max(hour_of(began) + 1, last - ten_years); hour <= last; ++hour) {
        Statement put(db_,
                      "INSERT INTO hours(hour, first_seq, last_seq, first_open) VALUES(?1, ?3, 0, ?2)"
                      " ON CONFLICT(hour) DO UPDATE SET first_open = min(first_open, ?2)");
        put.bind(1, hour).bind(2, static_cast<std::int64_t>(seq)).bind(3, none).finish();
    }
}

Span Hours::of_events(const std::string& from, const std::string& to) const {
    Span out;
    if (!from.empty())
        out.first = one(db_, "SELECT min(first_seq) FROM hours WHERE hour >= ?", hour_of(from), none);
    if (!to.empty()) out.last = one(db_, "SELECT max(last_seq) FROM hours WHERE hour <= ?", hour_of(to), 0);
    return out;
}

Span Hours::of_open(const std::string& from, const std::string& to) const {
    Span out = of_events(from, to);
    if (from.empty()) return out;
    out.first =
        std::min(out.first, one(db_, "SELECT first_open FROM hours WHERE hour = ?", hour_of(from), none));
    // What is still open: of its kind few, however many there are in all.
    Statement open(db_, "SELECT min(seq) FROM resources WHERE ended = ''");
    if (open.step() && !open.is_null(0)) out.first = std::min(out.first, open.number(0));
    return out;
}

}  // namespace sallyport::store
