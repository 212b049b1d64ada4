// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "daemon/ssh/channel.h"

namespace sallyport::relay {

enum class Direction { to_target, to_operator };

/// An observer of one channel: it sees every byte before it is delivered, and never alters one.
class Tap {
 public:
    virtual ~Tap() = default;
    /// Throws Error{Code::record} if what it saw cannot be kept: then nothing more is delivered and the
    /// session ends; Error{Code::denied} if they may not pass: then the channel alone ends.
    virtual void observe(Direction direction, ssh::Stream stream, std::span<const std::byte> bytes) = 0;
    /// The operator's terminal has a new size.
    virtual void resize(int columns, int rows) = 0;
};

}  // namespace sallyport::relay
