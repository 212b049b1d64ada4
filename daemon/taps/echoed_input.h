// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::taps {

// A heuristic that rather loses what was typed than keeps a secret. The bytes of a line are kept only if the
// target showed each of them, in order, nothing else between, and all before Enter was pressed. Of everything
// else the number of bytes is kept.
// Why before Enter: a program that reads lines has nothing before Enter, so what was shown until then is
// echo. Whatever it prints of a secret afterwards is no reason to keep what was typed.
//
// Its limits.
// What it keeps though it was secret: what the target itself shows while it is typed (a password typed where
// a command belongs, or ahead of the prompt that turns echo off); it is in the recorded output as well. A
// line that the output repeats by chance, byte for byte and alone between the first key and Enter: likely for
// lines of a byte or two at most, and only on a terminal that shows something else at that moment.
// A count tells how long a secret was.
// What it loses though it was none: lines pasted with their Enter, pasted in brackets or typed faster than
// the echo comes back; keys of full-screen programs; lines that another output, a colouring shell or a menu
// came into; from the first key on that is neither text nor backspace (Tab, arrows) the rest of a line.

/// Decides what of the input of a terminal may be recorded. No I/O; holds at most one line, which is wiped.
class EchoedInput {
 public:
    static constexpr std::size_t max_line = 4096;  // bytes that are held; what a line has beyond is counted
    static constexpr std::size_t min_part = 4;     // a shorter part of a line is not worth the doubt

    EchoedInput();
    ~EchoedInput();
    EchoedInput(const EchoedInput&) = delete;
    EchoedInput& operator=(const EchoedInput&) = delete;

    /// The operator typed this, after all that was shown before. Gives the payloads of the input frames that
    /// are due now (docs/recording.md).
    [[nodiscard]] std::vector<std::string> typed(std::string_view bytes);
    /// The target showed this, after all that was typed before.
    void shown(std::string_view bytes);
    /// No more comes: what is due of a line that never ended.
    [[nodiscard]] std::vector<std::string> finish();

 private:
    enum class State {
        following,  // every key of the line is in `line_`, and the first `echoed_` of them were shown
        lost,       // the rest of the line is counted
    };
    void press(char key);
    void enter(char key);
    void leave();
    void end_line();
    void show(char byte);
    void show_erased(char byte);
    void lose();
    void wipe();
    void put_count();
    [[nodiscard]] bool is_echoed() const;

    State state_ = State::following;
    std::string line_;
    std::size_t echoed_ = 0;
    std::string erasing_;           // what was shown so far of the key that is being erased
    bool is_wrapping_ = false;      // a shell moves to the next row
    std::uint64_t lost_ = 0;        // bytes of this line that will be counted
    std::uint64_t due_ = 0;         // bytes of lines that ended, to be counted in the next frame
    std::vector<std::string> out_;  // payloads of the call that runs
};

}  // namespace sallyport::taps
