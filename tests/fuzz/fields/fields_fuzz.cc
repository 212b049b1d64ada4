// SPDX-License-Identifier: Apache-2.0
// The path of a socket forward out of any bytes: whatever is read writes back the same bytes, and what passes
// for the path of a socket is the only words for its place.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "config/socket_path.h"
#include "daemon/ssh/fields.h"

namespace {

using namespace sallyport::ssh;

void require(bool is_true) {
    if (!is_true) std::abort();
}

/// The bytes that are read as strings and numbers in turn, written anew.
void read_and_write(const std::string& bytes) {
    FieldReader reader(bytes);
    FieldWriter written;
    for (int i = 0; i < 8; ++i) {
        const auto text = reader.text();
        if (!text) return require(!reader.is_done() && !reader.number());
        written.text(*text);
        require(bytes.starts_with(written.bytes()));
        if (reader.is_done()) return require(written.bytes() == bytes);
        const auto number = reader.number();
        if (!number) return require(!reader.is_done());
        written.number(*number);
        require(bytes.starts_with(written.bytes()));
    }
}

bool is_plain(const std::string& path) {
    const auto is_control = [](unsigned char c) { return c < 32 || c == 127; };
    return path.size() > 1 && path.size() < 108 && path.front() == '/' && path.back() != '/' &&
           std::filesystem::path(path).lexically_normal().string() == path &&
           std::none_of(path.begin(), path.end(), is_control);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    read_and_write(bytes);
    require(sallyport::is_socket_path(bytes) == is_plain(bytes));
    if (const auto path = read_socket_path(bytes)) {
        require(!path->empty() && path->size() <= 4096 && path->find('\0') == std::string::npos);
        require(bytes.starts_with(FieldWriter().text(*path).bytes()));
        require(sallyport::is_socket_path(*path) == is_plain(*path));
    }
    return 0;
}
