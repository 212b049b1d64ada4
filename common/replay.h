// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace sallyport {

/// Makes recorded terminal output safe to show: colours, cursor moves and erasing pass; sequences that could
/// act on the terminal or make it answer (OSC, DCS, APC, PM, SOS, reports, modes, C1) are shown as text.
/// Bytes may come in pieces.
class ReplayFilter {
 public:
    [[nodiscard]] std::string filter(std::string_view bytes);
    /// What is left of a sequence that never ended, as text.
    [[nodiscard]] std::string finish();

 private:
    enum class State { text, character, escape, control };
    void take(char c, std::string& out);
    void take_text(char c, std::string& out);
    void take_character(char c, std::string& out);
    void end_control(char final, std::string& out);

    State state_ = State::text;
    std::string sequence_;
};

}  // namespace sallyport
