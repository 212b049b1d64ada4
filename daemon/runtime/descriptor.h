// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <utility>

namespace sallyport::runtime {

/// A file descriptor on its way to what will own it; closed if it does not arrive.
class Descriptor {
 public:
    Descriptor() = default;
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    [[nodiscard]] int get() const noexcept { return fd_; }
    /// The number; the caller owns it from now on.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
    int fd_ = -1;
};

}  // namespace sallyport::runtime
