// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace sallyport {

/// One thing that is wrong in a file of ours or of a workspace.
struct Fault {
    std::string file;
    int line = 0;  // from 1; 0 where it concerns the whole file
    std::string text;
};
using Faults = std::vector<Fault>;

/// `FILE:LINE: TEXT`, escaped for a log or a terminal.
[[nodiscard]] std::string to_text(const Fault& fault);
[[nodiscard]] std::string to_text(const Faults& faults);

/// The whole of a file of at most `bound` bytes. Throws Error{Code::config} naming the file and the cause.
[[nodiscard]] std::string read_file(const std::string& path, std::size_t bound = 16 * 1024 * 1024);

}  // namespace sallyport
