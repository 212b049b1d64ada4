// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "common/escape.h"

namespace sallyport::log {
namespace {

spdlog::logger& logger() {
    static const auto made = [] {
        auto out = spdlog::stderr_logger_mt("sallyportd");
        // journald brings the time and reads the level from the prefix.
        out->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "level=%l %v"
                                                                  : "%Y-%m-%dT%H:%M:%S.%f%z level=%l %v");
        out->flush_on(spdlog::level::info);
        return out;
    }();
    return *made;
}

constexpr std::size_t max_value = 4096;  // a peer may choose what is logged, and its length

std::string quoted(std::string_view value) {
    std::string safe = escaped(cut_utf8(value, max_value));
    if (value.size() > max_value) safe += "…";
    const bool plain = !safe.empty() && safe.find_first_of(" \"=\\") == std::string::npos;
    if (plain) return safe;
    std::string out = "\"";
    for (char c : safe) {
        if (c == '"') out += '\\';
        out += c;
    }
    return out + '"';
}

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
    if (!logger().should_log(level)) return;
    std::string line = "msg=" + quoted(message);
    for (const Field& field : fields)
        line.append(" ").append(field.key).append("=").append(quoted(field.value));
    logger().log(level, spdlog::string_view_t(line));
}

}  // namespace

void set_level(Level level) {
    constexpr spdlog::level::level_enum names[] = {spdlog::level::debug, spdlog::level::info,
                                                   spdlog::level::warn, spdlog::level::err};
    logger().set_level(names[static_cast<int>(level)]);
}

void debug(std::string_view message, Fields fields) {
    write(spdlog::level::debug, message, fields);
}
void info(std::string_view message, Fields fields) {
    write(spdlog::level::info, message, fields);
}
void warn(std::string_view message, Fields fields) {
    write(spdlog::level::warn, message, fields);
}
void error(std::string_view message, Fields fields) {
    write(spdlog::level::err, message, fields);
}

}  // namespace sallyport::log
