// SPDX-License-Identifier: Apache-2.0
#include "cli/print.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>

#include "common/clock.h"
#include "common/escape.h"

namespace sallyport::cli {
namespace {

/// Columns, near enough: characters, where bytes would put words with accents out of line.
std::size_t width_of(const std::string& text) {
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

}  // namespace

void print_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    std::vector<std::vector<std::string>> shown;
    for (const auto& row : rows) {
        auto& cells = shown.emplace_back();
        for (const std::string& text : row) cells.push_back(escaped(text));
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width_of(cells[i]));
    }
    for (const auto& row : shown) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += row[i] + (i + 1 < row.size() ? std::string(widths[i] - width_of(row[i]) + 2, ' ') : "");
        std::cout << line << '\n';
    }
}

std::string cell(const Json& object, const std::string& path) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const auto at = object.find(path.substr(0, dot));
    if (at == object.end()) return {};
    if (dot < path.size()) return cell(*at, path.substr(dot + 1));
    return at->is_string() ? at->get<std::string>() : at->dump();
}

std::string shown_time(const Common& common, const std::string& time) {
    const auto read = from_rfc3339(time);
    if (!read) return time;
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(*read));
    std::tm parts{};
    char text[40];
    if (common.is_utc) {
        ::gmtime_r(&seconds, &parts);
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    } else {
        ::localtime_r(&seconds, &parts);
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &parts);
    }
    return text;
}

void print_json(const Json& value) {
    std::cout << value.dump(-1, ' ', true, Json::error_handler_t::replace) << '\n';
}

}  // namespace sallyport::cli
