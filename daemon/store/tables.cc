// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/tables.h"

#include <array>

#include "common/error.h"
#include "daemon/store/projection.h"

namespace sallyport::store {
namespace {

std::string member(const Json& object, const char* outer, const char* inner) {
    return object.contains(outer) ? object[outer].value(inner, std::string()) : std::string();
}

// At place N: what leads from version N to N + 1. A step that was released never changes; a new one comes
// with tests/unit/store/schema-N.sql, a store of the version before.
constexpr std::array<const char*, schema_version> steps = {R"(
CREATE TABLE events(seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, type TEXT NOT NULL, time TEXT NOT NULL,
    session_id TEXT NOT NULL, line TEXT NOT NULL);
CREATE INDEX events_by_session ON events(session_id, seq);
CREATE INDEX events_by_type ON events(type, seq);
CREATE TABLE sessions(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, user TEXT NOT NULL, workspace TEXT NOT NULL,
    host TEXT NOT NULL, address TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX sessions_by_seq ON sessions(seq);
CREATE INDEX sessions_by_host ON sessions(host, seq);
CREATE INDEX sessions_by_address ON sessions(address, seq);
CREATE INDEX sessions_by_user ON sessions(user, seq);
CREATE TABLE channels(id TEXT PRIMARY KEY, session_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX channels_by_session ON channels(session_id, seq);
CREATE TABLE connections(id TEXT PRIMARY KEY, is_open INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX connections_open ON connections(is_open) WHERE is_open = 1;
CREATE TABLE pins(workspace TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, key_type TEXT NOT NULL,
    key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(workspace, host, port, key));
CREATE TABLE node(name TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA user_version = 1;
)",
                                                           R"(
CREATE INDEX events_by_time ON events(time);
DROP INDEX sessions_by_seq;
CREATE INDEX sessions_by_span ON sessions(seq, started_at, ended_at);
PRAGMA user_version = 2;
)"};

}  // namespace

int check_version(const Database& db) {
    Statement get(db, "PRAGMA user_version");
    const auto version = get.step() ? get.number(0) : 0;
    if (version > schema_version)
        throw Error(Code::config, "the store is of version " + std::to_string(version) +
                                      ", and this sallyportd knows " + std::to_string(schema_version) +
                                      " at most: a newer sallyportd wrote it; start that one");
    return static_cast<int>(version);
}

void upgrade(const Database& db, int version) {
    for (; version < schema_version; ++version)
        db.run("BEGIN IMMEDIATE;" + std::string(steps[static_cast<std::size_t>(version)]) + "COMMIT");
}

Stored stored(const Statement& row) {
    return {static_cast<std::uint64_t>(row.number(0)), row.text(1), row.text(2), row.text(3), row.text(4)};
}

std::optional<Json> body_of(const Database& db, const std::string& table, const std::string& id) {
    Statement get(db, "SELECT body FROM " + table + " WHERE id = ?");
    get.bind(1, id);
    if (!get.step()) return std::nullopt;
    return Json::parse(get.text(0));
}

Json with_channels(const Database& db, Json session) {
    session["channels"] = Json::array();
    Statement get(db, "SELECT body FROM channels WHERE session_id = ? ORDER BY seq");
    get.bind(1, session.at("id").get<std::string>());
    while (get.step()) session["channels"].push_back(Json::parse(get.text(0)));
    return session;
}

void Projector::take(std::uint64_t seq, const Json& line) {
    const std::string type = line.at("type");
    if (type.starts_with("ssh_session.")) put_session(seq, line);
    if (type.starts_with("channel.") || type == "forward.open" || type == "forward.close")
        put_channel(seq, line);
    if (type.starts_with("connection.")) put_connection(line);
    if (type == "host_key.pinned") put_pin(seq, line);
}

void Projector::put_session(std::uint64_t seq, const Json& line) {
    const std::string id = session_of(line);
    const bool is_start = type_of(line) == "ssh_session.start";
    const auto after = project_session(is_start ? std::nullopt : body_of(db_, "sessions", id), line);
    if (!after) return;
    Statement put(
        db_, is_start
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

void Projector::put_channel(std::uint64_t seq, const Json& line) {
    const std::string id = line.at("channel_id");
    const bool is_start = is_channel_start(line.at("type"));
    const auto after = project_channel(is_start ? std::nullopt : body_of(db_, "channels", id), line);
    if (!after) return;
    Statement put(db_, is_start ? "INSERT INTO channels(body, id, session_id, seq) VALUES(?, ?, ?, ?)"
                                : "UPDATE channels SET body = ? WHERE id = ?");
    put.bind(1, after->dump()).bind(2, id);
    if (is_start) put.bind(3, session_of(line)).bind(4, static_cast<std::int64_t>(seq));
    put.finish();
}

void Projector::put_connection(const Json& line) {
    const std::string id = line.value("connection_id", std::string());
    const auto after = project_connection(body_of(db_, "connections", id), line);
    if (!after) return;
    Statement put(db_, "INSERT OR REPLACE INTO connections(id, is_open, body) VALUES(?, ?, ?)");
    put.bind(1, id).bind(2, after->contains("closed_at") ? 0 : 1).bind(3, after->dump()).finish();
}

void Projector::put_pin(std::uint64_t seq, const Json& line) {
    Statement put(
        db_,
        "INSERT OR IGNORE INTO pins(workspace, host, port, key_type, key, seq) VALUES(?, ?, ?, ?, ?, ?)");
    put.bind(1, line.value("workspace", std::string())).bind(2, line.value("host", std::string()));
    put.bind(3, line.value("port", std::int64_t{0})).bind(4, line.value("key_type", std::string()));
    put.bind(5, line.value("key", std::string())).bind(6, static_cast<std::int64_t>(seq)).finish();
}

}  // namespace sallyport::store
