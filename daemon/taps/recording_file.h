// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/digest.h"
#include "common/recording.h"

namespace sallyport::taps {

/// The one recording of a session: a file of its own, appended to by write(2) before what it shows is
/// delivered.
class RecordingFile {
 public:
    /// Makes `FOLDER/SESSION_ID.rec` (0600). Throws Error{Code::record} if it cannot.
    RecordingFile(const std::filesystem::path& folder, const std::string& session_id);
    ~RecordingFile();
    RecordingFile(const RecordingFile&) = delete;
    RecordingFile& operator=(const RecordingFile&) = delete;

    /// Appends one frame; it survives kill -9 when this returns. Throws Error{Code::record}.
    void append(std::uint32_t channel, FrameKind kind, std::string_view payload);

    /// True if something was appended since the last `sync`.
    [[nodiscard]] bool is_dirty() const noexcept { return is_dirty_; }
    void mark_clean() noexcept { is_dirty_ = false; }
    /// Forces it to the disk; blocks, so it is for the pool. Throws Error{Code::record}.
    void sync() const;

    /// True once something could not be written or forced to the disk.
    [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

    struct Facts {
        std::uint64_t size = 0;
        std::string sha256;
    };
    /// Size and digest of all that was appended.
    [[nodiscard]] Facts facts() const;
    /// Takes the file away again: its session never started.
    void discard() noexcept;

 private:
    void write(std::string_view bytes);
    [[noreturn]] void fail(const char* what, int number) const;

    std::filesystem::path path_;
    int fd_ = -1;
    SteadyTime started_ = std::chrono::steady_clock::now();
    std::uint64_t size_ = 0;
    Sha256 digest_;
    std::string frame_;  // reused
    bool is_dirty_ = false;
    mutable std::atomic<bool> has_failed_{false};  // also from the pool, which forces
};

}  // namespace sallyport::taps
