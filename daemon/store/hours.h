// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/store/sqlite.h"

namespace sallyport::store {

/// Numbers of events, both ends included.
struct Span {
    std::int64_t first = 1;
    std::int64_t last = INT64_MAX;
};

/// Which numbers lie in which hour of the wall clock, so that a question about a window of time begins to
/// look where it begins. The clock may have been set back: an hour has the least and greatest of its numbers.
class Hours {
 public:
    explicit Hours(const Database& db) : db_(db) {}

    /// An event of that time was kept.
    void put(std::uint64_t seq, const std::string& time);
    /// What began with the event `seq` was open from `began` to `ended`. Of more than ten years only those
    /// before its end are noted.
    void put_open(std::uint64_t seq, const std::string& began, const std::string& ended);

    /// Between which numbers the events of a window lie, and more; an empty time is no bound.
    [[nodiscard]] Span of_events(const std::string& from, const std::string& to) const;
    /// The same of sessions and runs that were open in a window.
    [[nodiscard]] Span of_open(const std::string& from, const std::string& to) const;

 private:
    const Database& db_;
};

}  // namespace sallyport::store
