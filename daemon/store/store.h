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

/// Which resources: an empty member asks nothing. `from` and `to` select by overlap: what was open in
/// between.
struct Filter {
    std::vector<std::string> kinds;  // ssh_session, action_run, …; at least one
    std::string host;                // inventory name, address, or what it calls itself
    std::string user;
    std::string workspace;
    std::string run_id;
    std::string from;  // RFC 3339 as events have it
    std::string to;
    std::string status;
    std::string text;  // words that one of its events has
    std::vector<std::array<std::string, 2>>
        also;  // workspace and name: further names of that host, if one is asked for
};

struct EventFilter {
    std::string type;
    std::string about;  // the id of a session, run, sync, instance, key or activity
    std::string from;
    std::string to;
    std::string text;
};

/// Which part of a list: what a cursor says, or its beginning, or its end.
struct Cut {
    std::string cursor;
    std::size_t limit = 100;
    bool is_last = false;  // without a cursor: the newest that fit on a page, not the oldest
    std::size_t skip = 0;  // before a page without a cursor, at most max_count
};

/// One page of a list, oldest first; `next` and `previous` are the cursors of what comes after and before it,
/// empty if nothing can.
template <typename T>
struct Page {
    std::vector<T> items;
    std::string next;
    std::string previous;
};

/// A row of the store that is not what the events say.
struct Difference {
    std::string table;      // events, resources, channels, connections, pins, names, hostnames, hours
    std::string key;        // its id; of an event its type
    std::uint64_t seq = 0;  // of the event that it follows from; 0 if the row does not say
};

constexpr std::size_t max_page = 1000;
constexpr std::size_t max_count = 10'001;                // one more than is told exactly
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
    /// A resource of that kind, a session with its channels.
    [[nodiscard]] virtual std::optional<Json> resource(const std::string& kind,
                                                       const std::string& id) const = 0;
    /// Of the questions below each throws Error{Code::input} for a cursor that is none of ours, or words that
    /// are none, and {limit} if it takes more than three seconds.
    [[nodiscard]] virtual Page<Json> list(const Filter& filter, const Cut& cut) const = 0;
    [[nodiscard]] virtual Page<Stored> list(const EventFilter& filter, const Cut& cut) const = 0;
    /// How many there are, counted up to `max_count`.
    [[nodiscard]] virtual std::size_t count(const Filter& filter) const = 0;
    [[nodiscard]] virtual std::size_t count(const EventFilter& filter) const = 0;
    /// What a host calls itself, as a run said last; each with its workspace and inventory name.
    [[nodiscard]] virtual std::vector<std::array<std::string, 3>> hostnames() const = 0;
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
