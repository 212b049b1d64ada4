// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/error.h"
#include "daemon/store/derivation.h"
#include "daemon/store/lists.h"
#include "daemon/store/lock.h"
#include "daemon/store/projection.h"
#include "daemon/store/readers.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/store.h"
#include "daemon/store/tables.h"

namespace sallyport::store {
namespace {

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

    [[nodiscard]] std::optional<Json> resource(const std::string& kind,
                                               const std::string& id) const override {
        const Readers::Lease reader = readers_.lease();
        Statement get(*reader, "SELECT body FROM resources WHERE id = ? AND kind = ?");
        get.bind(1, id).bind(2, kind);
        if (!get.step()) return std::nullopt;
        return store::resource(*reader, kind, get.text(0));
    }

    [[nodiscard]] Page<Json> list(const Filter& filter, const Cut& cut) const override {
        return store::list(*readers_.lease(), filter, cut);
    }

    [[nodiscard]] Page<Stored> list(const EventFilter& filter, const Cut& cut) const override {
        return store::list(*readers_.lease(), filter, cut);
    }

    [[nodiscard]] std::size_t count(const Filter& filter) const override {
        return store::count(*readers_.lease(), filter);
    }

    [[nodiscard]] std::size_t count(const EventFilter& filter) const override {
        return store::count(*readers_.lease(), filter);
    }

    [[nodiscard]] std::vector<std::array<std::string, 3>> hostnames() const override {
        const Readers::Lease reader = readers_.lease();
        Statement get(*reader, "SELECT workspace, host, reported FROM hostnames ORDER BY seq");
        std::vector<std::array<std::string, 3>> out;
        while (get.step()) out.push_back({get.text(0), get.text(1), get.text(2)});
        return out;
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
    /// A failed COMMIT may have rolled back by itself already, so what this says is of no use.
    void roll_back() const noexcept { sqlite3_exec(writer_.handle(), "ROLLBACK", nullptr, nullptr, nullptr); }

    /// False if the event cannot be projected, which no second try mends.
    [[nodiscard]] bool insert(const Stored& event) {
        try {
            const Json line = Json::parse(event.line);
            Statement put(writer_,
                          "INSERT INTO events(seq, hash, type, time, about, line) VALUES(?, ?, ?, ?, ?, ?)");
            put.bind(1, static_cast<std::int64_t>(event.seq)).bind(2, event.hash).bind(3, event.type);
            put.bind(4, event.time).bind(5, about_of(line)).bind(6, event.line).finish();
            Projector(writer_).take(event, line);
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
