// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/log.h"

#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "common/escape.h"

namespace sallyport::log {
namespace {

using namespace std::string_view_literals;

// The variable names device and inode of the journal's stream; it may have been inherited by something whose
// stderr is elsewhere by now (systemd.exec(5)).
bool is_to_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat error {};
    if (stream == nullptr || fstat(STDERR_FILENO, &error) != 0) return false;
    return stream == std::to_string(error.st_dev) + ":" + std::to_string(error.st_ino);
}

// What `journalctl --priority` knows a line by (sd-daemon(3)).
std::string_view priority(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::err:
            return "<3>";
        case spdlog::level::warn:
            return "<4>";
        case spdlog::level::info:
            return "<6>";
        default:
            return "<7>";
    }
}

/// The journal brings the time and wants the priority in front.
class JournalFormat : public spdlog::formatter {
 public:
    void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
        for (const std::string_view part :
             {priority(line.level), "level="sv, view(spdlog::level::to_string_view(line.level)), " "sv,
              view(line.payload), "\n"sv})
            out.append(part.data(), part.data() + part.size());
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<JournalFormat>();
    }

 private:
    static std::string_view view(spdlog::string_view_t text) { return {text.data(), text.size()}; }
};

spdlog::logger& logger() {
    static const auto made = [] {
        auto out = spdlog::stderr_logger_mt("sallyportd");
        if (is_to_journal())
            out->set_formatter(std::make_unique<JournalFormat>());
        else
            out->set_pattern("%Y-%m-%dT%H:%M:%S.%f%z level=%l %v");
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
