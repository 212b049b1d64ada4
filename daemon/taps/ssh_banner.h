// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <string>

#include "daemon/relay/tap.h"

namespace sallyport::taps {

/// Watches the first bytes of a forward for the version line of an SSH connection inside it (RFC 4253 §4.2):
/// what happens in there nobody sees, so policy must say that it may be.
class SshBanner : public relay::Tap {
 public:
    /// `seen` is asked once, at the first version line; false ends the forward before that line is delivered.
    explicit SshBanner(std::function<bool(relay::Direction)> seen) : seen_(std::move(seen)) {}

    /// Throws Error{Code::denied} where `seen` says no.
    void observe(relay::Direction direction, ssh::Stream stream, std::span<const std::byte> bytes) override;
    void resize(int, int) override {}

 private:
    static constexpr std::size_t looked_at = 1024;  // servers may greet before their version

    std::function<bool(relay::Direction)> seen_;
    std::array<std::string, 2> begun_;
    bool is_done_ = false;
};

}  // namespace sallyport::taps
