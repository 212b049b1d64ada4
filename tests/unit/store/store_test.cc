// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/digest.h"
#include "common/error.h"
#include "common/ids.h"
#include "daemon/audit/keys.h"
#include "daemon/audit/recovery.h"
#include "daemon/audit/sinks.h"
#include "daemon/audit/writer.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/verify.h"
#include "tests/unit/temporary.h"

namespace sallyport::store {
namespace {

/// A node's folders, and its writer for as long as a test wants one.
class StoreTest : public ::testing::Test {
 protected:
    Temporary home;
    const std::filesystem::path folder = home.path();
    runtime::Metrics metrics;
    runtime::Health health;
    std::string session = new_id();

    StoreTest() { std::filesystem::create_directories(folder / "recordings"); }

    [[nodiscard]] std::string anchors() const { return (folder / "anchors").string(); }

    /// Runs a daemon's life: start, the given events, stop.
    void live(const std::vector<Event>& events) {
        const auto store = open_sqlite(folder.string());
        std::vector<std::unique_ptr<audit::Sink>> sinks;
        sinks.push_back(std::make_unique<audit::AnchorFile>(anchors()));
        audit::Writer writer(*store, audit::key_for(*store, "gate-1", folder.string(), anchors()),
                             {"gate-1", folder.string(), "0", "x", "y"}, std::move(sinks),
                             audit::missing_ends(*store, [](const std::string&) { return std::nullopt; }),
                             metrics, health);
        audit::settle_key(folder.string());
        for (Event event : events) writer.post(std::move(event));
    }

    [[nodiscard]] std::vector<Event> a_session() const {
        std::ofstream(folder / "recordings" / (session + ".rec")) << "what was shown";
        Event start("ssh_session.start");
        start.put("session_id", session).put("user", "alice").put("workspace", "acme");
        start.put("host", Json{{"inventory_name", "web-01"}, {"ansible_host", "192.0.2.1"}});
        Event end("ssh_session.end");
        end.put("session_id", session).put("end_reason", "exit").put("exit_code", 0);
        end.put("recording", Json{{"size", 14}, {"sha256", sha256_hex("what was shown")}});
        return {start,
                Event("channel.start")
                    .put("session_id", session)
                    .put("channel_id", "c")
                    .put("kind", "exec")
                    .text("command", "id"),
                Event("channel.end")
                    .put("session_id", session)
                    .put("channel_id", "c")
                    .put("exit_code", 0)
                    .put("bytes_out", 3),
                end};
    }

    [[nodiscard]] std::string findings() const {
        const auto store = open_sqlite_to_read(folder.string());
        std::string out;
        for (const Finding& finding :
             verify_store(*store, audit::read_anchors(anchors()), (folder / "recordings").string()).findings)
            out += finding.kind + "@" + std::to_string(finding.seq) + " ";
        return out;
    }

    void edit(const std::string& sql) const {
        Database((folder / "audit.db").string(), Database::Mode::write).run(sql);
    }
};

TEST_F(StoreTest, ProjectsASessionFromItsEvents) {
    live(a_session());
    const auto store = open_sqlite_to_read(folder.string());
    const auto kept = store->session(session);
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ((*kept)["type"], "ssh_session");
    EXPECT_EQ((*kept)["channels"][0]["command"], "id");
    EXPECT_EQ((*kept)["channels"][0]["exit_code"], 0);
    EXPECT_EQ((*kept)["end_reason"], "exit");
    EXPECT_EQ(findings(), "");
}

TEST_F(StoreTest, GivesEachSessionItsOwnChannelsInTheOrderOfTheirStarts) {
    auto events = a_session();
    const std::string other = "01a20b5e-afa9-7da9-ae07-49dcf556bda9";
    for (const char* command : {"second", "third"})
        events.insert(events.end() - 1, Event("channel.start")
                                            .put("session_id", session)
                                            .put("channel_id", new_id())
                                            .put("kind", "exec")
                                            .text("command", command));
    events.push_back(
        Event("channel.start").put("session_id", other).put("channel_id", new_id()).put("kind", "shell"));
    live(events);
    const auto kept = open_sqlite_to_read(folder.string())->session(session);
    ASSERT_EQ((*kept)["channels"].size(), 3U);
    EXPECT_EQ((*kept)["channels"][1]["command"], "second");
    EXPECT_EQ((*kept)["channels"][2]["command"], "third");
    EXPECT_FALSE((*kept)["channels"][2].contains("ended_at"));
}

TEST_F(StoreTest, SelectsSessionsByHostUserAndOverlap) {
    live(a_session());
    const auto store = open_sqlite_to_read(folder.string());
    const auto count = [&](SessionFilter filter) { return store->sessions(filter, "", 10).items.size(); };
    EXPECT_EQ(count({"web-01", "", "", "", "", ""}), 1U);
    EXPECT_EQ(count({"192.0.2.1", "alice", "acme", "", "", "ended"}), 1U);
    EXPECT_EQ(count({"web-02", "", "", "", "", ""}), 0U);
    EXPECT_EQ(count({"web-02", "", "", "", "", "", {{"acme", "web-01"}}}), 1U) << "by a former name";
    EXPECT_EQ(count({"web-02", "", "", "", "", "", {{"other", "web-01"}}}), 0U)
        << "of another workspace's host";
    EXPECT_EQ(count({"web-02", "bob", "", "", "", "", {{"acme", "web-01"}}}), 0U);
    EXPECT_EQ(count({"", "bob", "", "", "", ""}), 0U);
    EXPECT_EQ(count({"", "", "", "", "", "open"}), 0U);
    EXPECT_EQ(count({"", "", "", "2999-01-01T00:00:00Z", "", ""}), 0U);
    EXPECT_EQ(count({"", "", "", "", "2001-01-01T00:00:00Z", ""}), 0U);
    EXPECT_THROW((void)store->sessions({}, "not a cursor", 10), Error);
}

TEST_F(StoreTest, GivesEveryEventOnceAcrossPages) {
    live(a_session());
    const auto store = open_sqlite_to_read(folder.string());
    std::uint64_t next = 1;
    for (std::string cursor;;) {
        const auto page = store->events({}, cursor, 2);
        for (const Stored& event : page.items) EXPECT_EQ(event.seq, next++);
        if (page.next.empty()) break;
        cursor = page.next;
    }
    EXPECT_EQ(next - 1, store->head()->seq);
}

TEST_F(StoreTest, GivesEveryEventOfAWindowOnceThoughTheClockWasSetBack) {
    const auto store = open_sqlite(folder.string());
    const auto time_of = [](std::uint64_t seq) {
        const std::uint64_t second = seq < 40 ? seq : seq - 20;  // 20 seconds happen twice
        return "2026-01-01T00:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) +
               ".000000Z";
    };
    std::vector<Stored> all;
    for (std::uint64_t seq = 1; seq < 80; ++seq)
        all.push_back(
            {seq, std::to_string(seq), seq % 3 == 0 ? "odd" : "even", time_of(seq), "{\"type\":\"x\"}"});
    ASSERT_EQ(store->append(all), std::nullopt);
    const auto window = [&](const std::string& from, const std::string& to, const std::string& type) {
        std::vector<std::uint64_t> expected;
        for (const Stored& event : all)
            if (event.time >= from && (to.empty() || event.time <= to) &&
                (type.empty() || event.type == type))
                expected.push_back(event.seq);
        std::vector<std::uint64_t> given;
        for (std::string cursor;;) {
            const auto page = store->events({type, "", from, to}, cursor, 3);
            for (const Stored& event : page.items) given.push_back(event.seq);
            if (page.items.empty()) break;
            cursor = page.next;
        }
        EXPECT_EQ(given, expected) << from << " to " << to << ' ' << type;
        return given.size();
    };
    for (std::uint64_t from = 0; from < 60; from += 7)
        for (std::uint64_t to = from; to < 60; to += 11)
            for (const char* type : {"", "odd"}) {
                window(time_of(from), time_of(to), type);
                window(time_of(from), "", type);
                window("", time_of(to), type);
            }
    const auto newest = store->events({"", "", time_of(10), time_of(65), true}, "", 5).items;
    ASSERT_EQ(newest.size(), 5U);
    EXPECT_EQ(newest.front().seq, 61U);
    EXPECT_EQ(newest.back().seq, 65U);
    EXPECT_EQ(window(time_of(20), time_of(39), ""), 40U);
    EXPECT_EQ(window("2027-01-01T00:00:00.000000Z", "", ""), 0U);
}

TEST_F(StoreTest, WritesTheEndsThatACrashLeftOut) {
    auto events = a_session();
    events.erase(events.begin() + 2, events.end());  // started, a channel open: the daemon died here
    live(events);
    live({});
    const auto kept = open_sqlite_to_read(folder.string())->session(session);
    EXPECT_EQ((*kept)["end_reason"], "crash");
    EXPECT_TRUE((*kept)["channels"][0].contains("ended_at"));
    EXPECT_EQ(findings(), "");
}

TEST_F(StoreTest, NamesAnEditedRow) {
    live(a_session());
    edit(
        "UPDATE events SET line = replace(line, '\"command\":\"id\"', '\"command\":\"ls\"') WHERE type = "
        "'channel.start'");
    EXPECT_NE(findings().find("modified@"), std::string::npos);
}

TEST_F(StoreTest, NamesADeletedRow) {
    live(a_session());
    edit("DELETE FROM events WHERE type = 'channel.start'");
    EXPECT_NE(findings().find("missing@"), std::string::npos);
}

TEST_F(StoreTest, NamesAnEditedProjection) {
    live(a_session());
    edit("UPDATE sessions SET body = replace(body, 'alice', 'mallory')");
    EXPECT_NE(findings().find("projection_differs@"), std::string::npos);
}

TEST_F(StoreTest, NamesASessionThatNoEventTellsOf) {
    live(a_session());
    edit(
        "INSERT INTO sessions SELECT 'forged', seq + 1000, user, workspace, host, address, started_at, "
        "ended_at,"
        " replace(body, id, 'forged') FROM sessions");
    EXPECT_NE(findings().find("projection_differs@"), std::string::npos);
}

TEST_F(StoreTest, NamesAnyColumnThatWasEdited) {
    auto events = a_session();
    events.push_back(Event("connection.open").put("connection_id", new_id()).put("user", "alice"));
    events.push_back(Event("host_key.pinned")
                         .put("workspace", "acme")
                         .put("host", "web-01")
                         .put("port", 22)
                         .put("key_type", "ssh-ed25519")
                         .put("key", "AAAA"));
    live(events);
    const std::pair<const char*, const char*> columns[] = {{"events", "hash"},
                                                           {"events", "type"},
                                                           {"events", "time"},
                                                           {"events", "session_id"},
                                                           {"events", "line"},
                                                           {"sessions", "id"},
                                                           {"sessions", "seq"},
                                                           {"sessions", "user"},
                                                           {"sessions", "workspace"},
                                                           {"sessions", "host"},
                                                           {"sessions", "address"},
                                                           {"sessions", "started_at"},
                                                           {"sessions", "ended_at"},
                                                           {"sessions", "body"},
                                                           {"connections", "id"},
                                                           {"connections", "is_open"},
                                                           {"connections", "body"},
                                                           {"pins", "workspace"},
                                                           {"pins", "host"},
                                                           {"pins", "port"},
                                                           {"pins", "key_type"},
                                                           {"pins", "key"},
                                                           {"pins", "seq"},
                                                           {"channels", "id"},
                                                           {"channels", "session_id"},
                                                           {"channels", "seq"},
                                                           {"channels", "body"}};
    ASSERT_EQ(findings(), "");
    const auto copy = folder / "before.db";
    edit("VACUUM INTO '" + copy.string() + "'");
    for (const auto& [table, column] : columns) {
        for (const char* name : {"audit.db-wal", "audit.db-shm"}) std::filesystem::remove(folder / name);
        std::filesystem::copy_file(copy, folder / "audit.db",
                                   std::filesystem::copy_options::overwrite_existing);
        ASSERT_EQ(findings(), "");
        // Another first letter than it has, whatever that is.
        const std::string name = column;
        edit(std::string("UPDATE ") + table + " SET " + name + " = iif(substr(" + name +
             ", 1, 1) = '7', '8', '7') || substr(" + name + ", 2) WHERE rowid = (SELECT max(rowid) FROM " +
             table + ")");
        EXPECT_NE(findings(), "") << table << "." << column;
    }
}

TEST_F(StoreTest, NamesARowThatLostItsProjectionAndOneThatIsNoJson) {
    live(a_session());
    edit("DELETE FROM sessions");
    EXPECT_NE(findings().find("projection_differs@"), std::string::npos);
    edit("UPDATE events SET line = '{' WHERE type = 'ssh_session.start'");
    EXPECT_NE(findings().find("modified@"), std::string::npos);
}

TEST_F(StoreTest, TakesARecordingThatIsGoneOnlyIfTheRecordSaysSo) {
    auto events = a_session();
    events.push_back(
        Event("recording.deleted").put("session_id", session).put("rule", "recording.retain 1s"));
    live(events);
    std::filesystem::remove(folder / "recordings" / (session + ".rec"));
    EXPECT_EQ(findings(), "");
}

TEST_F(StoreTest, NamesAnExchangedAndAMissingRecording) {
    live(a_session());
    std::ofstream(folder / "recordings" / (session + ".rec")) << "something else";
    EXPECT_NE(findings().find("recording_differs@"), std::string::npos);
    std::filesystem::remove(folder / "recordings" / (session + ".rec"));
    EXPECT_NE(findings().find("recording_missing@"), std::string::npos);
}

TEST_F(StoreTest, NamesATailThatWasCutOffBehindTheAnchor) {
    live(a_session());
    edit("DELETE FROM events WHERE seq > 3");
    EXPECT_NE(findings().find("behind_anchor@"), std::string::npos);
}

TEST_F(StoreTest, RefusesToStartBehindItsAnchor) {
    live(a_session());
    edit("DELETE FROM events WHERE seq > 3");
    EXPECT_THROW(live({}), Error);
}

TEST_F(StoreTest, RefusesToBeginAnewWhereAKeyIsLeft) {
    live(a_session());
    for (const char* name : {"audit.db", "audit.db-wal", "audit.db-shm"})
        std::filesystem::remove(folder / name);
    EXPECT_THROW(live({}), Error);
}

TEST_F(StoreTest, RefusesAStoreWithoutItsKey) {
    live(a_session());
    std::filesystem::remove(folder / "node.key");
    EXPECT_THROW(live({}), Error);
}

TEST_F(StoreTest, KeepsTheNeighboursOfAnEventThatCannotBeProjected) {
    std::vector<Event> events = a_session();
    events.insert(events.begin() + 1, Event("connection.open").put("connection_id", 7));
    live(events);
    const auto store = open_sqlite_to_read(folder.string());
    EXPECT_TRUE(store->events({"connection.open", "", "", ""}, "", 10).items.empty());
    EXPECT_EQ(store->events({"ssh_session.end", "", "", ""}, "", 10).items.size(), 1U);
    EXPECT_EQ(findings(), "");
}

TEST_F(StoreTest, KeepsNothingOfABatchWithAnEventThatCannotBeProjected) {
    const auto store = open_sqlite(folder.string());
    const std::string good = R"({"seq":1,"type":"a","time":"t"})";
    const std::string bad = R"({"seq":2,"type":"connection.open","time":"t","connection_id":7})";
    EXPECT_EQ(store->append({{1, "h", "a", "t", good}, {2, "h", "connection.open", "t", bad}}), 1U);
    EXPECT_FALSE(store->head().has_value());
    EXPECT_EQ(store->append({{1, "h", "a", "t", good}}), std::nullopt);
    EXPECT_EQ(store->head()->seq, 1U);
}

TEST_F(StoreTest, KeepsASecondDaemonOut) {
    const auto first = open_sqlite(folder.string());
    EXPECT_THROW((void)open_sqlite(folder.string()), Error);
}

TEST_F(StoreTest, SignsEveryThousandEvents) {
    std::vector<Event> many;
    for (int i = 0; i < 2500; ++i) many.push_back(Event("access.denied").put("reason", "no_role"));
    live(many);
    const auto store = open_sqlite_to_read(folder.string());
    EXPECT_GE(store->events({"checkpoint", "", "", ""}, "", 100).items.size(), 4U);
    EXPECT_EQ(findings(), "");
}

TEST(FailedLogins, AreOneEventAKindNetAndMinute) {
    audit::FailedLogins logins;
    const WallTime now = *from_rfc3339("2026-03-24T10:12:03Z");
    for (int i = 0; i < 100; ++i) logins.add("unknown_key", "192.0.2." + std::to_string(i), "root", now);
    EXPECT_TRUE(logins.take(now, false).empty()) << "the minute is not over";
    const auto events = logins.take(now + std::chrono::minutes(1), false);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].members()["count"], 100);
    EXPECT_EQ(events[0].members()["source"], "192.0.2.0/24");
}

TEST(FailedLogins, NeverBecomeMoreThan600EventsAMinuteAndLoseNoCount) {
    audit::FailedLogins logins;
    const WallTime now = *from_rfc3339("2026-03-24T10:12:03Z");
    for (int i = 0; i < 5000; ++i)
        logins.add("unknown_key", "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1",
                   "root", now);
    const auto events = logins.take(now, true);
    EXPECT_LE(events.size(), audit::FailedLogins::max_rows);
    std::uint64_t sum = 0;
    for (const Event& event : events) sum += event.members()["count"].get<std::uint64_t>();
    EXPECT_EQ(sum, 5000U);
}

}  // namespace
}  // namespace sallyport::store
