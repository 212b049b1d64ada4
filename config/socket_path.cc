// SPDX-License-Identifier: Apache-2.0
#include "config/socket_path.h"

#include <algorithm>

namespace sallyport {
namespace {

constexpr std::size_t max_socket_path = 107;  // sun_path has 108 bytes, one of them for the NUL

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

}  // namespace

bool is_socket_path(const std::string& path) {
    if (!path.starts_with('/') || path.size() > max_socket_path) return false;
    if (std::any_of(path.begin(), path.end(), is_control)) return false;
    std::string rest = path + "/";
    while (!rest.empty()) {
        const std::string part = rest.substr(0, rest.find('/'));
        const bool is_first = rest.size() == path.size() + 1;
        if (part == "." || part == ".." || part.empty() != is_first) return false;
        rest.erase(0, part.size() + 1);
    }
    return true;
}

}  // namespace sallyport
