// SPDX-License-Identifier: Apache-2.0
#include "config/fault.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "common/error.h"
#include "common/escape.h"

namespace sallyport {

std::string to_text(const Fault& fault) {
    const std::string line = fault.line > 0 ? ":" + std::to_string(fault.line) : "";
    return escaped(fault.file) + line + ": " + escaped(fault.text);
}

std::string to_text(const Faults& faults) {
    std::string out;
    for (const Fault& fault : faults) out += (out.empty() ? "" : "\n") + to_text(fault);
    return out;
}

std::string read_file(const std::string& path, std::size_t bound) {
    // Without waiting: a pipe that nobody writes to would hold up whoever reads it.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(fd < 0 ? nullptr : ::fdopen(fd, "rb"),
                                                               &std::fclose);
    if (!file) throw Error(Code::config, path + ": " + os_error(errno));
    struct stat facts {};
    if (::fstat(fd, &facts) == 0 && S_ISFIFO(facts.st_mode))
        throw Error(Code::config, path + ": is a pipe; write a file");
    std::string out;
    char chunk[16 * 1024];
    for (std::size_t count; (count = std::fread(chunk, 1, sizeof chunk, file.get())) > 0;) {
        out.append(chunk, count);
        if (out.size() > bound)
            throw Error(Code::config, path + ": longer than " + std::to_string(bound) + " bytes");
    }
    if (std::ferror(file.get()) != 0) throw Error(Code::config, path + ": " + os_error(errno));
    return out;
}

}  // namespace sallyport
