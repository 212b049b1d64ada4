// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "common/clock.h"
#include "common/event.h"

namespace sallyport::audit {

/// Failed logins by strangers, folded into one event per kind, source net and minute, at most 600 a minute:
/// so they can fill neither store nor log. Not thread-safe.
class FailedLogins {
 public:
    static constexpr std::size_t max_rows = 600;

    void add(const std::string& kind, const std::string& address, const std::string& name, WallTime now);
    /// The events of all minutes before `now`'s; all of them if `everything`.
    [[nodiscard]] std::vector<Event> take(WallTime now, bool everything);

 private:
    struct Row {
        std::uint64_t count = 0;
        WallTime first;
        WallTime last;
        std::string name;  // the first that was tried
    };
    using Key = std::tuple<WallTime, std::string, std::string>;  // minute, kind, net
    std::map<Key, Row> rows_;
};

/// The /24 or /64 that an address lies in, in text.
[[nodiscard]] std::string net_of(const std::string& address);

}  // namespace sallyport::audit
