// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <mutex>
#include <new>

#include "common/error.h"
#include "daemon/store/derivation.h"
#include "daemon/store/lock.h"
#include "daemon/store/projection.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/store.h"
#include "daemon/store/tables.h"

namespace sallyport::store {
namespace {

std::int64_t cursor_seq(const std::string& cursor) {
    std::int64_t seq = 0;
    if (cursor.empty()) return 0;
    const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), seq, 36);
    if (error != std::errc() || end != cursor.data() + cursor.size() || seq < 0)
        throw Error(Code::input, "cursor: this is none that a list gave");
    return seq;
}

std::string cursor_of(std::int64_t seq) {
    char text[16];
    return {text, std::to_chars(text, text + sizeof text, seq, 36).ptr};
}

/// Connections for reading, each used by one at a time: a long export holds up nobody.
class Readers {
 public:
    class Lease {
     public:
        Lease(Readers& home, std::unique_ptr<Database> db) : home_(home), db_(std::move(db)) {}
        ~Lease() { home_.take_back(std::move(db_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        const Database& operator*() const { return *db_; }

     private:
        Readers& home_;
        std::unique_ptr<Database> db_;
    };

    explicit Readers(std::string file) : file_(std::move(file)) {}

    /// As many at once as there are threads that read.
    [[nodiscard]] Lease lease() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto db = std::move(idle_.back());
                idle_.pop_back();
                return {*this, std::move(db)};
            }
        }
        return {*this, std::make_unique<Database>(file_, Database::Mode::read)};
    }

 private:
    void take_back(std::unique_ptr<Database> db) noexcept {
        const std::lock_guard lock(mutex_);
        try {
            idle_.push_back(std::move(db));
        } catch (const std::bad_alloc&) {  // one fewer is kept open
        }
    }

    std::string file_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Database>> idle_;
};

/// Numbers of events, both ends included.
struct Span {
    std::int64_t first = 1;
    std::int64_t last = INT64_MAX;
};

/// Between which numbers a window's events lie: the clock may have been set back, so there may be others
/// among them. Asked where its beginning (of the newest: its end) would be far from where a page begins to
/// look.
Span span_of(const Database& db, const EventFilter& filter) {
    if ((filter.is_last ? filter.to : filter.from).empty()) return {};
    Statement get(db, "SELECT min(seq), max(seq) FROM events WHERE time >= ? AND time <= ?");
    get.bind(1, filter.from).bind(2, filter.to.empty() ? "9" : filter.to);  // behind every time
    return get.step() ? Span{get.number(0), get.number(1)} : Span{};        // of none 0 and 0
}

/// A page's SELECT with the conditions that are asked for alone, so that SQLite finds the index for them.
class Question {
 public:
    Question(std::string select, std::int64_t after)
        : sql_(std::move(select) + " WHERE seq > ? AND seq <= ?"), after_(after) {}

    /// Only rows of these numbers.
    Question& between(const Span& span) {
        after_ = std::max(after_, span.first - 1);
        until_ = span.last;
        return *this;
    }

    /// Every `?` in `condition` is `value`; an empty value asks nothing.
    Question& where(const std::string& condition, const std::string& value) {
        if (value.empty()) return *this;
        sql_ += " AND " + condition;
        values_.insert(values_.end(),
                       static_cast<std::size_t>(std::count(condition.begin(), condition.end(), '?')), value);
        return *this;
    }

    /// A host by the name or address that was asked for, or by one that it has in a workspace.
    Question& where_host(const SessionFilter& filter) {
        if (filter.host.empty()) return *this;
        sql_ += " AND (host = ? OR address = ?";
        values_.insert(values_.end(), {filter.host, filter.host});
        for (const auto& [workspace, name] : filter.also) {
            sql_ += " OR (workspace = ? AND host = ?)";
            values_.insert(values_.end(), {workspace, name});
        }
        sql_ += ")";
        return *this;
    }

    [[nodiscard]] Statement ask(const Database& db, std::size_t limit, const char* order = "") const {
        Statement get(db, sql_ + " ORDER BY seq " + order + " LIMIT " + std::to_string(limit));
        get.bind(1, after_).bind(2, until_);
        for (std::size_t i = 0; i < values_.size(); ++i) get.bind(static_cast<int>(i) + 3, values_[i]);
        return get;
    }

 private:
    std::string sql_;
    std::int64_t after_;
    std::int64_t until_ = INT64_MAX;
    std::vector<std::string> values_;
};

class SqliteStore : public Store {
 public:
    SqliteStore(const std::string& folder, Database::Mode mode)
        : lock_(mode == Database::Mode::write ? std::make_unique<Lock>(folder) : nullptr),
          file_(folder + "/audit.db"),
          writer_(file_, mode),
          readers_(file_) {
        const int version = check_version(writer_);
        if (mode == Database::Mode::write) {
            writer_.run(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
            upgrade(writer_, version);
        }
    }

    [[nodiscard]] std::optional<Head> head() const override {
        const Readers::Lease reader = readers_.lease();
        Statement last(*reader, "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1");
        if (!last.step()) return std::nullopt;
        return Head{static_cast<std::uint64_t>(last.number(0)), last.text(1)};
    }

    [[nodiscard]] std::optional<std::size_t> append(const std::vector<Stored>& events) override {
        Statement(writer_, "BEGIN IMMEDIATE").finish();
        try {
            for (std::size_t at = 0; at < events.size(); ++at) {
                if (insert(events[at])) continue;
                roll_back();
                return at;
            }
            Statement(writer_, "COMMIT").finish();
        } catch (...) {  // also what is no Error, such as a lack of memory: no transaction stays open
            roll_back();
            throw;
        }
        return std::nullopt;
    }

    void beat(const std::string& time) override {
        Statement put(writer_, "INSERT OR REPLACE INTO node(name, value) VALUES('beat', ?)");
        put.bind(1, time).finish();
    }

    [[nodiscard]] std::string last_beat() const override {
        const Readers::Lease reader = readers_.lease();
        Statement get(*reader, "SELECT value FROM node WHERE name = 'beat'");
        return get.step() ? get.text(0) : std::string();
    }

    [[nodiscard]] std::vector<Pin> pins(const std::string& workspace, const std::string& host,
                                        std::uint16_t port) const override {
        const Readers::Lease reader = readers_.lease();
        Statement get(
            *reader,
            "SELECT key_type, key FROM pins WHERE workspace = ? AND host = ? AND port = ? ORDER BY seq");
        get.bind(1, workspace).bind(2, host).bind(3, port);
        std::vector<Pin> out;
        while (get.step()) out.push_back({get.text(0), get.text(1)});
        return out;
    }

    [[nodiscard]] std::optional<Json> session(const std::string& id) const override {
        const Readers::Lease reader = readers_.lease();
        auto found = body_of(*reader, "sessions", id);
        if (found) found = with_channels(*reader, std::move(*found));
        return found;
    }

    [[nodiscard]] Page<Json> sessions(const SessionFilter& filter, const std::string& cursor,
                                      std::size_t limit) const override {
        const Readers::Lease reader = readers_.lease();
        limit = std::min(limit, max_page);
        Question question("SELECT seq, body FROM sessions", cursor_seq(cursor));
        question.where_host(filter).where("user = ?", filter.user);
        question.where("workspace = ?", filter.workspace).where("started_at <= ?", filter.to);
        question.where("(ended_at = '' OR ended_at >= ?)", filter.from);
        question.where("(? = 'open') = (ended_at = '')", filter.status);
        Statement get = question.ask(*reader, limit);
        Page<Json> page;
        for (std::size_t bytes = 0; page.next.empty() && get.step();) {
            page.items.push_back(with_channels(*reader, Json::parse(get.text(1))));
            bytes += page.items.back().dump().size();
            if (page.items.size() == limit || bytes >= max_page_bytes) page.next = cursor_of(get.number(0));
        }
        return page;
    }

    [[nodiscard]] Page<Stored> events(const EventFilter& filter, const std::string& cursor,
                                      std::size_t limit) const override {
        const Readers::Lease reader = readers_.lease();
        Question question("SELECT seq, hash, type, time, line FROM events", cursor_seq(cursor));
        question.where("type = ?", filter.type).where("session_id = ?", filter.session_id);
        // The plus keeps SQLite from sorting a whole window that it found by time.
        question.where("+time >= ?", filter.from).where("+time <= ?", filter.to);
        if (cursor.empty()) question.between(span_of(*reader, filter));
        if (filter.is_last) return last_events(question.ask(*reader, std::min(limit, max_page), "DESC"));
        Statement get = question.ask(*reader, std::min(limit, max_page));
        Page<Stored> page;
        for (std::size_t bytes = 0; bytes < max_page_bytes && get.step();) {
            page.items.push_back(stored(get));
            bytes += page.items.back().line.size();
            page.next = cursor_of(get.number(0));  // also at the end, so that a reader can go on there later
        }
        return page;
    }

    [[nodiscard]] std::vector<Json> open_connections() const override {
        const Readers::Lease reader = readers_.lease();
        Statement get(*reader, "SELECT body FROM connections WHERE is_open = 1 ORDER BY id");
        std::vector<Json> out;
        while (get.step()) out.push_back(Json::parse(get.text(0)));
        return out;
    }

    void each(std::uint64_t from, std::uint64_t to,
              const std::function<void(const Stored&)>& take) const override {
        const Readers::Lease reader = readers_.lease();
        Statement get(
            *reader, "SELECT seq, hash, type, time, line FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq");
        get.bind(1, static_cast<std::int64_t>(from))
            .bind(2, static_cast<std::int64_t>(std::min<std::uint64_t>(to, INT64_MAX)));
        while (get.step()) take(stored(get));
    }

    void compare(const std::function<void(const Difference&)>& differs) const override {
        compare_with_events(file_, differs);
    }

 private:
    /// The newest that a page has room for, oldest first as in every page.
    static Page<Stored> last_events(Statement get) {
        Page<Stored> page;
        for (std::size_t bytes = 0; bytes < max_page_bytes && get.step();) {
            page.items.push_back(stored(get));
            bytes += page.items.back().line.size();
        }
        std::reverse(page.items.begin(), page.items.end());
        if (!page.items.empty()) page.next = cursor_of(static_cast<std::int64_t>(page.items.back().seq));
        return page;
    }

    /// A failed COMMIT may have rolled back by itself already, so what this says is of no use.
    void roll_back() const noexcept { sqlite3_exec(writer_.handle(), "ROLLBACK", nullptr, nullptr, nullptr); }

    /// False if the event cannot be projected, which no second try mends.
    [[nodiscard]] bool insert(const Stored& event) {
        try {
            const Json line = Json::parse(event.line);
            Statement put(
                writer_,
                "INSERT INTO events(seq, hash, type, time, session_id, line) VALUES(?, ?, ?, ?, ?, ?)");
            put.bind(1, static_cast<std::int64_t>(event.seq)).bind(2, event.hash).bind(3, event.type);
            put.bind(4, event.time).bind(5, session_of(line)).bind(6, event.line).finish();
            Projector(writer_).take(event.seq, line);
        } catch (const Json::exception&) {
            return false;
        } catch (const Error& error) {
            if (error.code() != Code::internal) throw;
            return false;
        }
        return true;
    }

    std::unique_ptr<Lock> lock_;
    std::string file_;
    Database writer_;
    mutable Readers readers_;
};

}  // namespace

std::unique_ptr<Store> open_sqlite(const std::string& folder) {
    return std::make_unique<SqliteStore>(folder, Database::Mode::write);
}

std::unique_ptr<Store> open_sqlite_to_read(const std::string& folder) {
    return std::make_unique<SqliteStore>(folder, Database::Mode::read);
}

}  // namespace sallyport::store
