// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/tables.h"

#include <array>

#include "common/error.h"
#include "daemon/store/hours.h"
#include "daemon/store/projection.h"
#include "daemon/store/words.h"

namespace sallyport::store {
namespace {

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
)",
                                                           R"(
DROP TABLE sessions;
DELETE FROM channels;
DELETE FROM connections;
DELETE FROM pins;
DROP INDEX events_by_session;
DROP INDEX events_by_time;
ALTER TABLE events RENAME COLUMN session_id TO about;
CREATE INDEX events_by_about ON events(about, seq);
CREATE TABLE resources(seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, user TEXT NOT NULL,
    workspace TEXT NOT NULL, run_id TEXT NOT NULL, status TEXT NOT NULL, began TEXT NOT NULL, ended TEXT NOT NULL,
    body TEXT NOT NULL);
CREATE UNIQUE INDEX resources_by_id ON resources(id);
CREATE INDEX resources_by_kind ON resources(kind, seq);
CREATE INDEX resources_by_user ON resources(user, seq);
CREATE INDEX resources_by_workspace ON resources(workspace, kind, seq);
CREATE INDEX resources_by_run ON resources(run_id, seq) WHERE run_id != '';
CREATE INDEX resources_open ON resources(seq) WHERE ended = '';
CREATE TABLE names(name TEXT NOT NULL, seq INTEGER NOT NULL, workspace TEXT NOT NULL,
    PRIMARY KEY(name, seq, workspace)) WITHOUT ROWID;
CREATE TABLE hours(hour INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    first_open INTEGER NOT NULL);
CREATE TABLE hostnames(workspace TEXT NOT NULL, host TEXT NOT NULL, reported TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY(workspace, host));
CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='unicode61');
PRAGMA user_version = 3;
)"};

constexpr int derived_anew_at = 3;  // this step leaves the projections empty

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

namespace {

void derive_anew(const Database& db) {
    Statement get(db, "SELECT seq, hash, type, time, line FROM events WHERE line != '' ORDER BY seq");
    while (get.step()) Projector(db).take(stored(get), Json::parse(get.text(4)));
}

}  // namespace

void upgrade(const Database& db, int version) {
    for (; version < schema_version; ++version) {
        db.run("BEGIN IMMEDIATE");
        db.run(steps[static_cast<std::size_t>(version)]);
        if (version + 1 == derived_anew_at) derive_anew(db);
        db.run("COMMIT");
    }
}

namespace {

/// The row `id` of a table, absent if there is none.
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

}  // namespace

Stored stored(const Statement& row) {
    return {static_cast<std::uint64_t>(row.number(0)), row.text(1), row.text(2), row.text(3), row.text(4)};
}

Json resource(const Database& db, const std::string& kind, const std::string& body) {
    Json out = Json::parse(body);
    if (kind == "ssh_session") out = with_channels(db, std::move(out));
    return out;
}

void Projector::take(const Stored& event, const Json& line) {
    const std::uint64_t seq = event.seq;
    const std::string type = line.at("type");
    Hours(db_).put(seq, event.time);
    Words(db_).put(seq, line);
    if (const auto subject = subject_of(line)) put_resource(seq, *subject, line);
    if (type.starts_with("channel.") || type == "forward.open" || type == "forward.close")
        put_channel(seq, line);
    if (type.starts_with("connection.")) put_connection(line);
    if (type == "host_key.pinned") put_pin(seq, line);
}

void Projector::put_resource(std::uint64_t seq, const Subject& subject, const Json& line) {
    std::optional<Json> before;
    std::uint64_t first = seq;
    {
        Statement get(db_, "SELECT seq, body FROM resources WHERE id = ? AND kind = ?");
        get.bind(1, subject.id).bind(2, subject.kind);
        if (get.step()) {
            first = static_cast<std::uint64_t>(get.number(0));
            before = Json::parse(get.text(1));
        }
    }
    const auto after = project(before, line);
    if (!after) return;
    const Columns columns = columns_of(*after);
    Statement put(
        db_, before ? "UPDATE resources SET kind = ?2, id = ?3, user = ?4, workspace = ?5, run_id = ?6,"
                      " status = ?7, began = ?8, ended = ?9, body = ?10 WHERE seq = ?1"
                    : "INSERT INTO resources(seq, kind, id, user, workspace, run_id, status, began, ended,"
                      " body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    put.bind(1, static_cast<std::int64_t>(first))
        .bind(2, subject.kind)
        .bind(3, subject.id)
        .bind(4, columns.user);
    put.bind(5, columns.workspace).bind(6, columns.run_id).bind(7, columns.status).bind(8, columns.began);
    put.bind(9, columns.ended).bind(10, after->dump()).finish();
    if (before && std::string_view(subject.kind) != "cli_instance" && !columns.ended.empty())
        Hours(db_).put_open(first, columns.began, columns.ended);
    put_names(first, columns, before ? columns_of(*before).names : std::vector<std::string>());
    if (type_of(line) == "action_run.results") put_hostnames(seq, columns.workspace, line);
}

void Projector::put_hostnames(std::uint64_t seq, const std::string& workspace, const Json& line) {
    for (const Json& result : line.at("results")) {
        const std::string name = result.value("hostname", std::string());
        if (name.empty()) continue;
        Statement put(db_,
                      "INSERT OR REPLACE INTO hostnames(workspace, host, reported, seq) VALUES(?, ?, ?, ?)");
        put.bind(1, workspace).bind(2, result.at("host").get<std::string>()).bind(3, name);
        put.bind(4, static_cast<std::int64_t>(seq)).finish();
    }
}

void Projector::put_names(std::uint64_t seq, const Columns& columns, const std::vector<std::string>& known) {
    if (columns.names == known) return;
    for (const std::string& name : columns.names) {
        Statement put(db_, "INSERT OR IGNORE INTO names(name, seq, workspace) VALUES(?, ?, ?)");
        put.bind(1, name).bind(2, static_cast<std::int64_t>(seq)).bind(3, columns.workspace).finish();
    }
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
