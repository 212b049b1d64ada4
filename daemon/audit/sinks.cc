// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/sinks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "common/error.h"
#include "daemon/runtime/log.h"

namespace sallyport::audit {

void AnchorFile::anchor(const Anchor& anchor) {
    const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0) throw Error(Code::io, "open the anchor file " + path_ + ": " + os_error(errno));
    // A line that a crash tore must not swallow this one.
    const off_t end = ::lseek(fd, 0, SEEK_END);
    char last = '\n';
    if (end > 0 && ::pread(fd, &last, 1, end - 1) != 1) last = 0;
    const std::string line = (last == '\n' ? "" : "\n") + anchor_line(anchor) + "\n";
    const bool is_written =
        ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
    const int number = errno;
    ::close(fd);
    if (!is_written) throw Error(Code::io, "write the anchor file " + path_ + ": " + os_error(number));
}

void JournalAnchor::anchor(const Anchor& anchor) {
    log::info("anchor", {{"line", anchor_line(anchor)}});
}

std::vector<Anchor> read_anchors(const std::string& path) {
    std::vector<Anchor> out;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return out;
    std::ifstream in(path);
    if (!in) throw Error(Code::config, "the anchor file " + path + " cannot be read");
    for (std::string line; std::getline(in, line);)
        if (auto anchor = parse_anchor(line)) out.push_back(std::move(*anchor));
    return out;
}

std::optional<Anchor> last_anchor(const std::string& path, const std::string& node) {
    std::optional<Anchor> last;
    for (Anchor& anchor : read_anchors(path))
        if (anchor.node == node) last = std::move(anchor);
    return last;
}

}  // namespace sallyport::audit
