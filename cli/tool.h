// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::cli {

/// A program with its words, environment (added to ours; an empty value takes a name away) and folder.
struct Tool {
    std::vector<std::string> command;
    std::map<std::string, std::string> environment;
    std::string folder;
    bool is_quiet = false;  // its errors go nowhere
};

/// How a tool ended: as a shell says it, 128 and the signal's number for a signal.
struct Outcome {
    int exit_code = 0;
    int signal = 0;
};

/// Runs a tool with our own input; what it prints goes to our output as it comes (on a terminal the tool has
/// one too, so it keeps its colours) and to `take`. `is_unwanted` is asked every half a second: true ends it
/// by SIGTERM. Interrupts are the tool's to answer. Throws Error{Code::io} if it cannot be started.
[[nodiscard]] Outcome run_tool(const Tool& tool, const std::function<void(std::string_view)>& take,
                               const std::function<bool()>& is_unwanted);

/// Runs a tool with our own input, output and terminal, and waits for it; signals that end us are passed on.
[[nodiscard]] Outcome run_in_foreground(const Tool& tool);

/// What a program printed on its output; its errors go to ours.
struct Output {
    std::string text;      // at most 64 MiB
    bool is_good = false;  // the exit code was 0
};
[[nodiscard]] Output output_of(const Tool& tool);

}  // namespace sallyport::cli
