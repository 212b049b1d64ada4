// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/error.h"

namespace sallyport::audit {
namespace {

/// Trying would fill the disk for a moment, and end the sessions that write just then.
bool has_room(const std::string& path, std::size_t size) noexcept {
    struct statvfs facts {};
    const std::string folder = path.substr(0, path.rfind('/'));
    return ::statvfs(folder.c_str(), &facts) == 0 &&
           static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize > size;
}

}  // namespace

bool Reserve::take() noexcept {
    if (is_held_) return true;
    if (!has_room(path_, size)) return false;
    const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return false;
    is_held_ = ::posix_fallocate(fd, 0, static_cast<off_t>(size)) == 0;
    ::close(fd);
    if (!is_held_) give_up();
    return is_held_;
}

void Reserve::give_up() noexcept {
    ::unlink(path_.c_str());
    is_held_ = false;
}

FreeSpace::FreeSpace(std::string folder, const std::string& min_free) : folder_(std::move(folder)) {
    set_least(min_free);
}

void FreeSpace::set_least(const std::string& min_free) {
    const LeastFree least = parse_least_free(min_free).value_or(LeastFree{512ULL << 20, 5});
    least_bytes_ = least.bytes;
    least_percent_ = least.percent;
}

bool FreeSpace::is_enough() const noexcept {
    struct statvfs facts {};
    if (::statvfs(folder_.c_str(), &facts) != 0) return false;
    const std::uint64_t free = facts.f_bavail * facts.f_frsize;
    const std::uint64_t whole = facts.f_blocks * facts.f_frsize;
    return free >= std::max<std::uint64_t>(least_bytes_, whole / 100 * least_percent_);
}

std::optional<std::string> trouble_in(const std::string& folder) {
    const std::string probe = folder + "/probe";
    const int fd = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return "write in " + folder + ": " + os_error(errno);
    const bool is_written = ::write(fd, "x", 1) == 1;
    const int number = errno;
    ::close(fd);
    ::unlink(probe.c_str());
    if (is_written) return std::nullopt;
    return "write in " + folder + ": " + os_error(number);
}

}  // namespace sallyport::audit
