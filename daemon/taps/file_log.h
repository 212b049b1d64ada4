// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "common/clock.h"
#include "common/event.h"
#include "daemon/taps/sftp_reader.h"

namespace sallyport::taps {

/// The `file.*` events of one session (docs/events.md). What goes beyond the bound within a minute is
/// counted, and told in one `file.flood`.
class FileLog {
 public:
    static constexpr std::chrono::minutes window{1};
    static constexpr int max_events = 1000;                // of a window
    static constexpr std::size_t max_bytes = 1024 * 1024;  // of outside strings in them

    /// `folding` is called when something is counted for the first time since `flush`, which is then due
    /// within the window.
    FileLog(std::string session_id, std::function<void(Event)> post, std::function<void()> folding)
        : session_id_(std::move(session_id)), post_(std::move(post)), folding_(std::move(folding)) {}

    void done(const std::string& channel_id, const FileDeed& deed, SteadyTime now);
    void unparsed(const std::string& channel_id, const SftpUnparsed& what, SteadyTime now);
    /// Tells what was counted, if anything was.
    void flush();

 private:
    [[nodiscard]] bool has_room(SteadyTime now);
    void fold(const std::string& type, bool is_failure);
    void post(Event event);
    [[nodiscard]] Event begin(const char* type, const std::string& channel_id) const;

    std::string session_id_;
    std::function<void(Event)> post_;
    std::function<void()> folding_;
    SteadyTime window_began_{};
    int events_ = 0;
    std::size_t bytes_ = 0;
    std::map<std::string, std::uint64_t> counts_;  // by what stands behind `file.`
    std::uint64_t failed_ = 0;
    WallTime first_;
    WallTime last_;
};

}  // namespace sallyport::taps
