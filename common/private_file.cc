// SPDX-License-Identifier: Apache-2.0
#include "common/private_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "common/error.h"

namespace sallyport {
namespace {

[[noreturn]] void fail(const std::string& file, int number) {
    throw Error(Code::io, "write " + file + ": " + os_error(number));
}

/// A name is on disk once its folder is (fsync(2)).
void sync_folder_of(const std::string& file) {
    const std::string folder = std::filesystem::path(file).parent_path().string();
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_synced = fd >= 0 && ::fsync(fd) == 0;
    const int number = errno;
    if (fd >= 0) ::close(fd);
    if (!is_synced) fail(file, number);
}

}  // namespace

void write_private(const std::string& file, std::string_view text) {
    const std::string draft = file + ".draft";
    ::unlink(draft.c_str());
    const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) fail(draft, errno);
    const bool is_written =
        ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    const int number = errno;
    ::close(fd);
    if (!is_written) fail(draft, number);
    if (std::rename(draft.c_str(), file.c_str()) != 0) fail(file, errno);
    sync_folder_of(file);
}

}  // namespace sallyport
