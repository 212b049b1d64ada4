// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/checkpoint.h"
#include "common/event.h"

namespace sallyport::store {

/// An event as it is kept: its line, byte for byte, with what it is found by.
struct Stored {
    std::uint64_t seq = 0;
    std::string hash;
    std::string type;
    std::string time;
    std::string line;  // empty if it was erased
};

/// The line that an export has for an event; an erased one leaves its hash.
[[nodiscard]] std::string export_line(const Stored& event);

/// A host key that was pinned at first use.
struct Pin {
    std::string key_type;
    std::string key;  // base64
};

/// Which sessions: an empty member asks nothing. `from` and `to` select by overlap: what was open in between.
struct SessionFilter {
    std::string host;  // inventory name or address
    std::string user;
    std::string workspace;
    std::string from;  // RFC 3339 as events have it
    std::string to;
    std::string status;  // open or ended
    std::vector<std::array<std::string, 2>>
        also;  // workspace and name: further names of that host, if one is asked for
};

struct EventFilter {
    std::string type;
    std::string session_id;
    std::string from;
    std::string to;
    bool is_last = false;  // the newest that fit on a page, not the oldest
};

/// One page of a list, oldest first; `next` asks for what comes after it, and is empty if nothing can.
template <typename T>
struct Page {
    std::vector<T> items;
    std::string next;
};

/// A row of the store that is not what the events say.
struct Difference {
    std::string table;      // events, sessions, connections, pins
    std::string key;        // its id; of an event its type
    std::uint64_t seq = 0;  // of the event that it follows from; 0 if the row does not say
};

constexpr std::size_t max_page = 1000;
constexpr std::size_t max_page_bytes = 4 * 1024 * 1024;  // a page ends with the item that reaches it

/// Where events and what is derived from them are kept. One thread writes; any thread may read.
class Store {
 public:
    virtual ~Store() = default;

    /// The last event, absent in a new store.
    [[nodiscard]] virtual std::optional<Head> head() const = 0;
    /// Keeps all events and their projections, or nothing; on disk when it returns. Gives the place of the
    /// first that cannot be projected, for which nothing was kept. Throws Error{Code::record} or {disk_full}.
    [[nodiscard]] virtual std::optional<std::size_t> append(const std::vector<Stored>& events) = 0;
    /// Notes that the node was alive at `time`; no event. Throws Error{Code::record}.
    virtual void beat(const std::string& time) = 0;
    [[nodiscard]] virtual std::string last_beat() const = 0;

    [[nodiscard]] virtual std::vector<Pin> pins(const std::string& workspace, const std::string& host,
                                                std::uint16_t port) const = 0;
    [[nodiscard]] virtual std::optional<Json> session(const std::string& id) const = 0;
    /// Throws Error{Code::input} for a cursor that is none of ours.
    [[nodiscard]] virtual Page<Json> sessions(const SessionFilter& filter, const std::string& cursor,
                                              std::size_t limit) const = 0;
    [[nodiscard]] virtual Page<Stored> events(const EventFilter& filter, const std::string& cursor,
                                              std::size_t limit) const = 0;
    /// Ids of connections that have no `connection.close` yet, with the time they were opened.
    [[nodiscard]] virtual std::vector<Json> open_connections() const = 0;
    /// Hands over every event from `from` to `to` inclusive, in order.
    virtual void each(std::uint64_t from, std::uint64_t to,
                      const std::function<void(const Stored&)>& take) const = 0;
    /// Derives anew all that is kept beside the lines, and hands over every row that differs.
    virtual void compare(const std::function<void(const Difference&)>& differs) const = 0;
};

/// Opens or makes `FOLDER/audit.db`. `FOLDER/lock` keeps a second daemon out. Throws Error{Code::record},
/// {config}.
[[nodiscard]] std::unique_ptr<Store> open_sqlite(const std::string& folder);
/// The same for reading alone, beside a running daemon.
[[nodiscard]] std::unique_ptr<Store> open_sqlite_to_read(const std::string& folder);

}  // namespace sallyport::store
