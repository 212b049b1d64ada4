// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/fields.h"

namespace sallyport::ssh {
namespace {

constexpr std::size_t max_path = 4096;  // PATH_MAX

}  // namespace

FieldWriter& FieldWriter::number(std::uint32_t value) {
    for (const int shift : {24, 16, 8, 0}) bytes_ += static_cast<char>(value >> shift & 0xff);
    return *this;
}

FieldWriter& FieldWriter::text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
    return *this;
}

std::optional<std::uint32_t> FieldReader::number() {
    is_short_ = is_short_ || rest_.size() < 4;
    if (is_short_) return std::nullopt;
    std::uint32_t value = 0;
    for (const char byte : rest_.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(byte);
    rest_.remove_prefix(4);
    return value;
}

std::optional<std::string> FieldReader::text() {
    const auto size = number();
    is_short_ = is_short_ || *size > rest_.size();
    if (is_short_) return std::nullopt;
    std::string value(rest_.substr(0, *size));
    rest_.remove_prefix(*size);
    return value;
}

std::optional<std::string> read_socket_path(std::string_view fields) {
    FieldReader reader(fields);
    auto path = reader.text();
    (void)reader.text();  // reserved
    (void)reader.number();
    if (!reader.is_done() || path->empty()) return std::nullopt;
    if (path->size() > max_path || path->find('\0') != std::string::npos) return std::nullopt;
    return path;
}

}  // namespace sallyport::ssh
