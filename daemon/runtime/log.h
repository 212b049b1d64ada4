// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

/// One fact per line, `key=value`, to stderr (where journald takes it up). Values are escaped here, so bytes
/// from a peer may be given as they are. `error` needs a person, `warn` is odd, `info` cannot be made to
/// flood, `debug` is the rest.
namespace sallyport::log {

struct Field {
    std::string_view key;
    std::string value;

    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(v) {}
    Field(std::string_view k, const std::string& v) : key(k), value(v) {}
    Field(std::string_view k, std::integral auto v) : key(k), value(std::to_string(v)) {}
};
using Fields = std::initializer_list<Field>;

enum class Level { debug, info, warn, error };

/// Sets the lowest level that is written; once, before threads start.
void set_level(Level level);

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace sallyport::log
