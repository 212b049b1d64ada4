// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"

namespace sallyport::store {

Lock::Lock(const std::string& folder)
    : fd_(::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0) throw Error(Code::record, "open " + folder + "/lock: " + os_error(errno));
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd_);
        throw Error(Code::config, folder + " is used by another sallyportd; stop that one first");
    }
}

Lock::~Lock() {
    ::close(fd_);
}

}  // namespace sallyport::store
