// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sallyport {

/// Where a forward goes, as the client names it: a port, or a socket in the target's file system.
struct ForwardPlace {
    std::string host;
    std::uint16_t port = 0;
    std::string path = {};  // of a socket; else empty, and it goes to host and port
};

/// `HOST:PORT`, or `unix:PATH`, as the record has it.
[[nodiscard]] std::string to_text(const ForwardPlace& place);

/// A place against `forward_to`, as text: nothing is looked up. `HOST:PORT`, `HOST:*` and `*:PORT` are ports,
/// `unix:/PATH` is that one socket, `unix:*` every one that has a proper path.
[[nodiscard]] bool matches_place(const std::vector<std::string>& list, const ForwardPlace& place);

}  // namespace sallyport
