// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "daemon/relay/tap.h"

namespace sallyport::taps {

/// Several observers of one channel, each in turn. What one of them throws keeps the bytes from those behind
/// it, and from being delivered.
class Several : public relay::Tap {
 public:
    void add(std::unique_ptr<relay::Tap> tap) { taps_.push_back(std::move(tap)); }

    void observe(relay::Direction direction, ssh::Stream stream, std::span<const std::byte> bytes) override {
        for (const auto& tap : taps_) tap->observe(direction, stream, bytes);
    }
    void resize(int columns, int rows) override {
        for (const auto& tap : taps_) tap->resize(columns, rows);
    }

 private:
    std::vector<std::unique_ptr<relay::Tap>> taps_;
};

}  // namespace sallyport::taps
