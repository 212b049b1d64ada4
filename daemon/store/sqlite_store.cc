// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <mutex>

#include "common/error.h"
#include "daemon/store/projection.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/store.h"

namespace sallyport::store {
namespace {

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS events(seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, type TEXT NOT NULL, time TEXT NOT NULL,
    session_id TEXT NOT NULL, line TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_session ON events(session_id, seq);
CREATE TABLE IF NOT EXISTS sessions(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, user TEXT NOT NULL, workspace TEXT NOT NULL,
    host TEXT NOT NULL, address TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS sessions_by_seq ON sessions(seq);
CREATE INDEX IF NOT EXISTS sessions_by_host ON sessions(host, seq);
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions(user, seq);
CREATE TABLE IF NOT EXISTS connections(id TEXT PRIMARY KEY, is_open INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS connections_open ON connections(is_open) WHERE is_open = 1;
CREATE TABLE IF NOT EXISTS pins(workspace TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, key_type TEXT NOT NULL,
    key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(workspace, host, port, key));
CREATE TABLE IF NOT EXISTS node(name TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA user_version = 1;
)";

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

std::string member(const Json& object, const char* outer, const char* inner) {
    return object.contains(outer) ? object[outer].value(inner, std::string()) : std::string();
}

/// Keeps a second daemon away from a state folder for as long as it lives.
class Lock {
 public:
    explicit Lock(const std::string& folder)
        : fd_(::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (fd_ < 0) throw Error(Code::record, "open " + folder + "/lock: " + os_error(errno));
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            ::close(fd_);
            throw Error(Code::config, folder + " is used by another sallyportd; stop that one first");
        }
    }
    ~Lock() { ::close(fd_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

 private:
    int fd_;
};

Stored stored(const Statement& row) {
    return {static_cast<std::uint64_t>(row.number(0)), row.text(1), row.text(2), row.text(3), row.text(4)};
}

std::optional<Json> body_of(const Database& db, const std::string& table, const std::string& id) {
    Statement get(db, "SELECT body FROM " + table + " WHERE id = ?");
    get.bind(1, id);
    if (!get.step()) return std::nullopt;
    return Json::parse(get.text(0));
}

/// Keeps what follows from an event beside it.
class Projector {
 public:
    explicit Projector(const Database& db) : db_(db) {}

    void take(std::uint64_t seq, const Json& line) {
        const std::string type = line.at("type");
        if (!session_of(line).empty()) put_session(seq, line);
        if (type.starts_with("connection.")) put_connection(line);
        if (type == "host_key.pinned") put_pin(seq, line);
    }

 private:
    void put_session(std::uint64_t seq, const Json& line) {
        const std::string id = session_of(line);
        const bool is_start = line.at("type") == "ssh_session.start";
        const auto after = project_session(is_start ? std::nullopt : body_of(db_, "sessions", id), line);
        if (!after) return;
        Statement put(
            db_,
            is_start
                ? "INSERT INTO sessions(body, ended_at, id, seq, user, workspace, host, address, started_at)"
                  " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"
                : "UPDATE sessions SET body = ?, ended_at = ? WHERE id = ?");
        put.bind(1, after->dump()).bind(2, after->value("ended_at", std::string())).bind(3, id);
        if (is_start) {
            put.bind(4, static_cast<std::int64_t>(seq)).bind(5, after->value("user", std::string()));
            put.bind(6, after->value("workspace", std::string()))
                .bind(7, member(*after, "host", "inventory_name"));
            put.bind(8, member(*after, "host", "ansible_host")).bind(9, line.at("time").get<std::string>());
        }
        put.finish();
    }

    void put_connection(const Json& line) {
        const std::string id = line.value("connection_id", std::string());
        const auto after = project_connection(body_of(db_, "connections", id), line);
        if (!after) return;
        Statement put(db_, "INSERT OR REPLACE INTO connections(id, is_open, body) VALUES(?, ?, ?)");
        put.bind(1, id).bind(2, after->contains("closed_at") ? 0 : 1).bind(3, after->dump()).finish();
    }

    void put_pin(std::uint64_t seq, const Json& line) {
        Statement put(
            db_,
            "INSERT OR IGNORE INTO pins(workspace, host, port, key_type, key, seq) VALUES(?, ?, ?, ?, ?, ?)");
        put.bind(1, line.value("workspace", std::string())).bind(2, line.value("host", std::string()));
        put.bind(3, line.value("port", std::int64_t{0})).bind(4, line.value("key_type", std::string()));
        put.bind(5, line.value("key", std::string())).bind(6, static_cast<std::int64_t>(seq)).finish();
    }

    const Database& db_;
};

/// Whether the columns of an event are what its line says; an erased one has only its hash.
bool is_as_its_line(const Stored& event, const std::string& session_id, const Json& line) {
    return event_hash(event.line) == event.hash && line.at("seq") == event.seq &&
           line.at("type") == event.type && line.at("time") == event.time && session_of(line) == session_id;
}

/// Derives everything anew from the lines in `db`, into tables of its own that need no memory, and compares.
class Derivation {
 public:
    explicit Derivation(const std::string& file) : fresh_("", Database::Mode::write) {
        Statement attach(fresh_, "ATTACH ? AS kept");
        attach.bind(1, file).finish();
        fresh_.run(schema);
        fresh_.run("BEGIN");  // from its first read on, all that is compared is of one moment
    }

    void compare(const std::function<void(const Difference&)>& differs) {
        Statement get(fresh_, "SELECT seq, hash, type, time, line, session_id FROM kept.events ORDER BY seq");
        while (get.step()) take(stored(get), get.text(5), differs);
        compare("sessions", "id", "seq", differs);
        compare("connections", "id", "0", differs);
        compare("pins", "host", "seq", differs);
    }

 private:
    void take(const Stored& event, const std::string& session_id,
              const std::function<void(const Difference&)>& differs) {
        if (event.line.empty()) return;
        try {
            const Json line = Json::parse(event.line);
            if (!is_as_its_line(event, session_id, line)) differs({"events", event.type, event.seq});
            Projector(fresh_).take(event.seq, line);
        } catch (const Json::exception&) {
            differs({"events", event.type, event.seq});
        } catch (const Error&) {
            differs({"events", event.type, event.seq});
        }
    }

    void compare(const std::string& table, const std::string& key, const std::string& seq,
                 const std::function<void(const Difference&)>& differs) {
        const std::string names = key + ", " + seq;
        const auto only_in = [&](const std::string& one, const std::string& other) {
            return "SELECT " + names + " FROM (SELECT * FROM " + one + "." + table +
                   " EXCEPT SELECT * FROM " + other + "." + table + ")";
        };
        Statement get(fresh_, only_in("main", "kept") + " UNION " + only_in("kept", "main"));
        while (get.step()) differs({table, get.text(0), static_cast<std::uint64_t>(get.number(1))});
    }

    Database fresh_;
};

class SqliteStore : public Store {
 public:
    SqliteStore(const std::string& folder, Database::Mode mode)
        : lock_(mode == Database::Mode::write ? std::make_unique<Lock>(folder) : nullptr),
          writer_(folder + "/audit.db", mode) {
        if (mode == Database::Mode::write) {
            writer_.run(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
            check_version();
            writer_.run(schema);
        }
        reader_ = std::make_unique<Database>(folder + "/audit.db", Database::Mode::read);
    }

    [[nodiscard]] std::optional<Head> head() const override {
        const std::lock_guard lock(mutex_);
        Statement last(*reader_, "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1");
        if (!last.step()) return std::nullopt;
        return Head{static_cast<std::uint64_t>(last.number(0)), last.text(1)};
    }

    void append(const std::vector<Stored>& events) override {
        writer_.run("BEGIN IMMEDIATE");
        try {
            for (const Stored& event : events) insert(event);
            writer_.run("COMMIT");
        } catch (const Json::exception& error) {
            roll_back();
            throw Error(Code::record, std::string("an event cannot be projected: ") + error.what());
        } catch (const Error&) {
            roll_back();
            throw;
        }
    }

    void beat(const std::string& time) override {
        Statement put(writer_, "INSERT OR REPLACE INTO node(name, value) VALUES('beat', ?)");
        put.bind(1, time).finish();
    }

    [[nodiscard]] std::string last_beat() const override {
        const std::lock_guard lock(mutex_);
        Statement get(*reader_, "SELECT value FROM node WHERE name = 'beat'");
        return get.step() ? get.text(0) : std::string();
    }

    [[nodiscard]] std::vector<Pin> pins(const std::string& workspace, const std::string& host,
                                        std::uint16_t port) const override {
        const std::lock_guard lock(mutex_);
        Statement get(
            *reader_,
            "SELECT key_type, key FROM pins WHERE workspace = ? AND host = ? AND port = ? ORDER BY seq");
        get.bind(1, workspace).bind(2, host).bind(3, port);
        std::vector<Pin> out;
        while (get.step()) out.push_back({get.text(0), get.text(1)});
        return out;
    }

    [[nodiscard]] std::optional<Json> session(const std::string& id) const override {
        const std::lock_guard lock(mutex_);
        return body_of(*reader_, "sessions", id);
    }

    [[nodiscard]] Page<Json> sessions(const SessionFilter& filter, const std::string& cursor,
                                      std::size_t limit) const override {
        const std::lock_guard lock(mutex_);
        Statement get(
            *reader_,
            "SELECT seq, body FROM sessions WHERE seq > ?1 AND (?2 = '' OR host = ?2 OR address = ?2)"
            " AND (?3 = '' OR user = ?3) AND (?4 = '' OR workspace = ?4)"
            " AND (?5 = '' OR ended_at = '' OR ended_at >= ?5) AND (?6 = '' OR started_at <= ?6)"
            " AND (?7 = '' OR (?7 = 'open') = (ended_at = '')) ORDER BY seq LIMIT ?8");
        limit = std::min(limit, max_page);
        get.bind(1, cursor_seq(cursor)).bind(2, filter.host).bind(3, filter.user).bind(4, filter.workspace);
        get.bind(5, filter.from)
            .bind(6, filter.to)
            .bind(7, filter.status)
            .bind(8, static_cast<std::int64_t>(limit));
        Page<Json> page;
        for (std::int64_t last = 0; get.step();) {
            last = get.number(0);
            page.items.push_back(Json::parse(get.text(1)));
            if (page.items.size() == limit) page.next = cursor_of(last);
        }
        return page;
    }

    [[nodiscard]] Page<Stored> events(const EventFilter& filter, const std::string& cursor,
                                      std::size_t limit) const override {
        const std::lock_guard lock(mutex_);
        Statement get(
            *reader_,
            "SELECT seq, hash, type, time, line FROM events WHERE seq > ?1 AND (?2 = '' OR type = ?2)"
            " AND (?3 = '' OR session_id = ?3) AND (?4 = '' OR time >= ?4) AND (?5 = '' OR time <= ?5)"
            " ORDER BY seq LIMIT ?6");
        limit = std::min(limit, max_page);
        get.bind(1, cursor_seq(cursor)).bind(2, filter.type).bind(3, filter.session_id).bind(4, filter.from);
        get.bind(5, filter.to).bind(6, static_cast<std::int64_t>(limit));
        Page<Stored> page;
        while (get.step()) {
            page.items.push_back(stored(get));
            page.next = cursor_of(get.number(0));  // also at the end, so that a reader can go on there later
        }
        return page;
    }

    [[nodiscard]] std::vector<Json> open_connections() const override {
        const std::lock_guard lock(mutex_);
        Statement get(*reader_, "SELECT body FROM connections WHERE is_open = 1 ORDER BY id");
        std::vector<Json> out;
        while (get.step()) out.push_back(Json::parse(get.text(0)));
        return out;
    }

    void each(std::uint64_t from, std::uint64_t to,
              const std::function<void(const Stored&)>& take) const override {
        // A connection of its own, so that a long export neither waits for nor holds up anybody.
        const Database own(sqlite3_db_filename(reader_->handle(), "main"), Database::Mode::read);
        Statement get(
            own, "SELECT seq, hash, type, time, line FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq");
        get.bind(1, static_cast<std::int64_t>(from))
            .bind(2, static_cast<std::int64_t>(std::min<std::uint64_t>(to, INT64_MAX)));
        while (get.step()) take(stored(get));
    }

    void compare(const std::function<void(const Difference&)>& differs) const override {
        Derivation(sqlite3_db_filename(reader_->handle(), "main")).compare(differs);
    }

 private:
    void check_version() const {
        Statement version(writer_, "PRAGMA user_version");
        if (version.step() && version.number(0) > 1)
            throw Error(Code::config, "the store was written by a newer sallyportd; start that one");
    }

    /// A failed COMMIT may have rolled back by itself already, so what this says is of no use.
    void roll_back() const noexcept { sqlite3_exec(writer_.handle(), "ROLLBACK", nullptr, nullptr, nullptr); }

    void insert(const Stored& event) {
        const Json line = Json::parse(event.line);
        Statement put(writer_,
                      "INSERT INTO events(seq, hash, type, time, session_id, line) VALUES(?, ?, ?, ?, ?, ?)");
        put.bind(1, static_cast<std::int64_t>(event.seq))
            .bind(2, event.hash)
            .bind(3, event.type)
            .bind(4, event.time);
        put.bind(5, session_of(line)).bind(6, event.line).finish();
        Projector(writer_).take(event.seq, line);
    }

    std::unique_ptr<Lock> lock_;
    Database writer_;
    std::unique_ptr<Database> reader_;
    mutable std::mutex mutex_;  // of the reader
};

}  // namespace

std::unique_ptr<Store> open_sqlite(const std::string& folder) {
    return std::make_unique<SqliteStore>(folder, Database::Mode::write);
}

std::unique_ptr<Store> open_sqlite_to_read(const std::string& folder) {
    return std::make_unique<SqliteStore>(folder, Database::Mode::read);
}

}  // namespace sallyport::store
