// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "config/daemon_config.h"

namespace sallyport::audit {

/// Disk space set aside in the state folder: given up when the disk is full, so that ends can still be
/// committed.
class Reserve {
 public:
    static constexpr std::size_t size = 64 * 1024 * 1024;

    explicit Reserve(const std::string& folder) : path_(folder + "/reserve") {}
    /// Sets the space aside if it is not; false if there is none.
    bool take() noexcept;
    void give_up() noexcept;
    [[nodiscard]] bool is_held() const noexcept { return is_held_; }

 private:
    std::string path_;
    bool is_held_ = false;
};

/// Whether the file system of `folder` has as much free as `min_free` says: `5%` (at least 512 MiB) or a
/// size.
class FreeSpace {
 public:
    FreeSpace(std::string folder, const std::string& min_free);
    /// Takes another bound; from any thread.
    void set_least(const std::string& min_free);
    [[nodiscard]] bool is_enough() const noexcept;

 private:
    std::string folder_;
    std::atomic<std::uint64_t> least_bytes_{0};
    std::atomic<unsigned> least_percent_{0};
};

/// Tries whether files can be written in `folder`; what hinders it, absent if nothing does. Blocks.
[[nodiscard]] std::optional<std::string> trouble_in(const std::string& folder);

}  // namespace sallyport::audit
