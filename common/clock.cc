// SPDX-License-Identifier: Apache-2.0
#include "common/clock.h"

#include <algorithm>
#include <cstdio>

namespace sallyport {
namespace {

using namespace std::chrono;

/// Reads `width` digits at the front; absent if there are fewer.
std::optional<int> digits(std::string_view& text, std::size_t width) {
    if (text.size() < width) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(width);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<microseconds> fraction(std::string_view& text) {
    if (!take(text, ".")) return microseconds(0);
    long value = 0;
    std::size_t count = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++count)
        if (count < 6) value = value * 10 + (text.front() - '0');
    if (count == 0 || count > 9) return std::nullopt;
    for (; count < 6; ++count) value *= 10;
    return microseconds(value);
}

std::optional<minutes> offset(std::string_view& text) {
    if (take(text, "Zz")) return minutes(0);
    const int sign = !text.empty() && text.front() == '-' ? -1 : 1;
    if (!take(text, "+-")) return std::nullopt;
    const auto hour = digits(text, 2);
    if (!hour || !take(text, ":")) return std::nullopt;
    const auto minute = digits(text, 2);
    if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
    return minutes(sign * (*hour * 60 + *minute));
}

}  // namespace

WallTime wall_now() {
    return floor<microseconds>(system_clock::now());
}

std::string to_rfc3339(WallTime time) {
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss<microseconds> clock(time - day);
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02ld:%02ld:%02ld.%06ldZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<long>(clock.hours().count()), static_cast<long>(clock.minutes().count()),
                  static_cast<long>(clock.seconds().count()), static_cast<long>(clock.subseconds().count()));
    return text;
}

std::optional<WallTime> from_rfc3339(std::string_view text) {
    const auto y = digits(text, 4);
    if (!y || !take(text, "-")) return std::nullopt;
    const auto m = digits(text, 2);
    if (!m || !take(text, "-")) return std::nullopt;
    const auto d = digits(text, 2);
    if (!d || !take(text, "Tt ")) return std::nullopt;
    const auto hour = digits(text, 2);
    if (!hour || !take(text, ":")) return std::nullopt;
    const auto minute = digits(text, 2);
    if (!minute || !take(text, ":")) return std::nullopt;
    const auto second = digits(text, 2);
    const auto part = second ? fraction(text) : std::nullopt;
    const auto zone = part ? offset(text) : std::nullopt;
    const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
    if (!zone || !text.empty() || !date.ok() || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    return WallTime(sys_days(date)) + hours(*hour) + minutes(*minute) + seconds(*second) + *part - *zone;
}

std::chrono::seconds whole_seconds(SteadyTime from, SteadyTime to) {
    return std::max(seconds(0), duration_cast<seconds>(to - from));
}

}  // namespace sallyport
