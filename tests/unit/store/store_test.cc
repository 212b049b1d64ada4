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
             verify_store(*store, audit::read_anchors(anchors()), folder.string()).findings)
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
    const auto kept = store->resource("ssh_session", session);
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
    const auto kept = open_sqlite_to_read(folder.string())->resource("ssh_session", session);
    ASSERT_EQ((*kept)["channels"].size(), 3U);
    EXPECT_EQ((*kept)["channels"][1]["command"], "second");
    EXPECT_EQ((*kept)["channels"][2]["command"], "third");
    EXPECT_FALSE((*kept)["channels"][2].contains("ended_at"));
}

TEST_F(StoreTest, SelectsSessionsByHostUserAndOverlap) {
    live(a_session());
    const auto store = open_sqlite_to_read(folder.string());
    const auto count = [&](Filter filter) {
        filter.kinds = {"ssh_session"};
        EXPECT_EQ(store->count(filter), store->list(filter, {}).items.size());
        return store->list(filter, {}).items.size();
    };
    const auto of = [](std::string host, std::string user, std::array<std::string, 2> also = {}) {
        Filter out;
        out.host = std::move(host);
        out.user = std::move(user);
        if (!also[0].empty()) out.also = {also};
        return out;
    };
    const auto with = [&](std::string Filter::*member, std::string value) {
        Filter out;
        out.*member = std::move(value);
        return count(out);
    };
    EXPECT_EQ(count(of("web-01", "")), 1U);
    EXPECT_EQ(count(of("192.0.2.1", "alice")), 1U);
    EXPECT_EQ(count(of("web-02", "")), 0U);
    EXPECT_EQ(count(of("web-02", "", {"acme", "web-01"})), 1U) << "by a former name";
    EXPECT_EQ(count(of("web-02", "", {"other", "web-01"})), 0U) << "of another workspace's host";
    EXPECT_EQ(count(of("web-02", "bob", {"acme", "web-01"})), 0U);
    EXPECT_EQ(count(of("", "bob")), 0U);
    EXPECT_EQ(with(&Filter::workspace, "acme"), 1U);
    EXPECT_EQ(with(&Filter::workspace, "other"), 0U);
    EXPECT_EQ(with(&Filter::status, "ended"), 1U);
    EXPECT_EQ(with(&Filter::status, "open"), 0U);
    EXPECT_EQ(with(&Filter::from, "2999-01-01T00:00:00Z"), 0U);
    EXPECT_EQ(with(&Filter::to, "2001-01-01T00:00:00Z"), 0U);
    EXPECT_EQ(with(&Filter::text, "WEB-01"), 1U) << "a word of its start";
    EXPECT_EQ(with(&Filter::text, "id"), 1U) << "the command of a channel";
    EXPECT_EQ(with(&Filter::text, "web-0*"), 1U);
    EXPECT_EQ(with(&Filter::text, "web-0"), 0U);
    EXPECT_EQ(with(&Filter::text, std::string("web-01\0alice", 12)), 1U) << "a NUL parts words";
    EXPECT_EQ(with(&Filter::text, "id OR nothing\" NOT"), 0U) << "operators are words";
    Filter sessions;
    sessions.kinds = {"ssh_session"};
    EXPECT_THROW((void)store->list(sessions, {"not a cursor"}), Error);
    EXPECT_THROW((void)with(&Filter::text, " "), Error);
}

TEST_F(StoreTest, FindsWhatWasOpenInAWindowHoweverLongAgoItBegan) {
    const auto store = open_sqlite(folder.string());
    std::uint64_t seq = 0;
    std::vector<Stored> all;
    const auto put = [&](const char* type, const std::string& id, const std::string& time) {
        const Json line = {{"type", type}, {"time", time}, {"session_id", id}, {"user", "alice"}};
        all.push_back({++seq, std::to_string(seq), type, time, line.dump()});
    };
    const auto at = [](int day, int hour) {
        char text[40];
        std::snprintf(text, sizeof text, "2026-01-%02dT%02d:30:00.000000Z", day, hour);
        return std::string(text);
    };
    put("ssh_session.start", "forgotten", at(1, 0));
    put("ssh_session.start", "long", at(1, 1));
    for (int day = 2; day < 8; ++day) {
        const std::string id = "day " + std::to_string(day);
        put("ssh_session.start", id, at(day, 8));
        put("ssh_session.end", id, at(day, 10));
    }
    put("ssh_session.end", "long", at(8, 0));
    put("ssh_session.start", "set back", at(3, 8));  // the clock was
    put("ssh_session.end", "set back", at(3, 9));
    ASSERT_EQ(store->append(all), std::nullopt);
    const auto ids = [&](const std::string& from, const std::string& to) {
        Filter filter;
        filter.kinds = {"ssh_session"};
        filter.from = from;
        filter.to = to;
        std::string out;
        for (const Json& one : store->list(filter, {}).items) out += one["id"].get<std::string>() + ", ";
        return out;
    };
    EXPECT_EQ(ids(at(4, 9), at(4, 9)), "forgotten, long, day 4, ");
    EXPECT_EQ(ids(at(4, 11), at(5, 7)), "forgotten, long, ");
    EXPECT_EQ(ids(at(3, 9), at(4, 8)), "forgotten, long, day 3, day 4, set back, ");
    EXPECT_EQ(ids(at(8, 1), ""), "forgotten, ");
    EXPECT_EQ(ids("", at(1, 0)), "forgotten, ");
    EXPECT_EQ(ids("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"), "");
}

TEST_F(StoreTest, GoesThroughAListBothWaysWhileItGrowsAndMissesNothing) {
    const auto store = open_sqlite(folder.string());
    std::uint64_t seq = 0;
    const auto add = [&] {
        const std::string id = std::to_string(++seq);
        const Json line = {
            {"type", "ssh_session.start"}, {"time", "2026-01-01T00:00:00Z"}, {"session_id", id}};
        ASSERT_EQ(store->append({{seq, id, "ssh_session.start", "2026-01-01T00:00:00Z", line.dump()}}),
                  std::nullopt);
    };
    for (int i = 0; i < 10; ++i) add();
    Filter filter;
    filter.kinds = {"ssh_session"};
    const auto walk = [&](Cut cut, std::string Page<Json>::*on) {
        std::string out;
        for (int guard = 0; guard < 100; ++guard) {
            const auto page = store->list(filter, cut);
            std::string ids;
            for (const Json& item : page.items) ids += item["id"].get<std::string>() + " ";
            out = on == &Page<Json>::next ? out + ids : ids + out;
            add();
            if ((page.*on).empty()) break;
            cut = {page.*on, 3};
            if (seq > 20) break;
        }
        return out;
    };
    EXPECT_EQ(walk({"", 3, true}, &Page<Json>::previous), "1 2 3 4 5 6 7 8 9 10 ");
    const std::string forward = walk({"", 3}, &Page<Json>::next);
    EXPECT_TRUE(forward.starts_with("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 ")) << forward;
    const auto second = store->list(filter, {store->list(filter, {"", 4}).next, 4});
    EXPECT_EQ(second.items.front()["id"], "5");
    EXPECT_EQ(store->list(filter, {second.previous, 4}).items.back()["id"], "4");
    EXPECT_EQ(store->list(filter, {"", 4, false, 8}).items.front()["id"], "9") << "by the number of a page";
}

TEST_F(StoreTest, GivesEveryEventOnceAcrossPages) {
    live(a_session());
    const auto store = open_sqlite_to_read(folder.string());
    std::uint64_t next = 1;
    for (std::string cursor;;) {
        const auto page = store->list(EventFilter(), {cursor, 2});
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
            const auto page = store->list(EventFilter{type, "", from, to}, {cursor, 3});
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
    const auto newest = store->list(EventFilter{"", "", time_of(10), time_of(65)}, {"", 5, true}).items;
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
    const auto kept = open_sqlite_to_read(folder.string())->resource("ssh_session", session);
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
    edit("UPDATE resources SET body = replace(body, 'alice', 'mallory')");
    EXPECT_NE(findings().find("projection_differs@"), std::string::npos);
}

TEST_F(StoreTest, NamesASessionThatNoEventTellsOf) {
    live(a_session());
    edit(
        "INSERT INTO resources SELECT seq + 1000, kind, 'forged', user, workspace, run_id, status, began, "
        "ended,"
        " replace(body, id, 'forged') FROM resources");
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
    const std::string run = new_id();
    events.push_back(
        Event("action_run.start").put("run_id", run).put("user", "alice").put("workspace", "acme"));
    events.push_back(
        Event("action_run.results")
            .put("run_id", run)
            .put("results", Json::array({{{"host", "web-01"}, {"status", "ok"}, {"hostname", "srv-1"}}})));
    live(events);
    const std::pair<const char*, const char*> columns[] = {{"events", "hash"},
                                                           {"events", "type"},
                                                           {"events", "time"},
                                                           {"events", "about"},
                                                           {"events", "line"},
                                                           {"resources", "seq"},
                                                           {"resources", "kind"},
                                                           {"resources", "id"},
                                                           {"resources", "user"},
                                                           {"resources", "workspace"},
                                                           {"resources", "run_id"},
                                                           {"resources", "status"},
                                                           {"resources", "began"},
                                                           {"resources", "ended"},
                                                           {"resources", "body"},
                                                           {"names", "name"},
                                                           {"names", "seq"},
                                                           {"names", "workspace"},
                                                           {"hours", "hour"},
                                                           {"hostnames", "workspace"},
                                                           {"hostnames", "host"},
                                                           {"hostnames", "reported"},
                                                           {"hostnames", "seq"},
                                                           {"hours", "first_seq"},
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
        const std::string row = std::string(table) == "names" ? "seq" : "rowid";
        edit(std::string("UPDATE ") + table + " SET " + name + " = iif(substr(" + name +
             ", 1, 1) = '7', '8', '7') || substr(" + name + ", 2) WHERE " + row + " = (SELECT max(" + row +
             ") FROM " + table + ")");
        EXPECT_NE(findings(), "") << table << "." << column;
    }
}

TEST_F(StoreTest, NamesAnHourThatWouldHideWhatHappenedInIt) {
    live(a_session());
    for (const char* edited : {"last_seq = 1", "first_seq = 2"}) {
        edit(std::string("UPDATE hours SET ") + edited);
        EXPECT_NE(findings().find("projection_differs@"), std::string::npos) << edited;
        edit("UPDATE hours SET first_seq = 0, last_seq = 1000, first_open = 0");
        EXPECT_EQ(findings(), "") << "wider than need be hides nothing";
    }
    edit("DELETE FROM hours");
    EXPECT_NE(findings().find("projection_differs@"), std::string::npos);
}

TEST_F(StoreTest, NamesARowThatLostItsProjectionAndOneThatIsNoJson) {
    live(a_session());
    edit("DELETE FROM resources");
    EXPECT_NE(findings().find("projection_differs@"), std::string::npos);
    edit("UPDATE events SET line = '{' WHERE type = 'ssh_session.start'");
    EXPECT_NE(findings().find("modified@"), std::string::npos);
}

TEST_F(StoreTest, NamesALogThatIsGoneOrDiffers) {
    const std::string run = new_id();
    const auto file = folder / "logs" / (run + ".log");
    std::filesystem::create_directories(folder / "logs");
    std::ofstream(file) << "printed";
    live({Event("action_run.start").put("run_id", run).put("user", "alice"),
          Event("action_run.log").put("run_id", run).put("size", 7).put("sha256", sha256_hex("printed"))});
    EXPECT_EQ(findings(), "");
    std::ofstream(file) << "changed";
    EXPECT_NE(findings().find("log_differs@"), std::string::npos);
    std::filesystem::remove(file);
    EXPECT_NE(findings().find("log_missing@"), std::string::npos);
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
    EXPECT_TRUE(store->list(EventFilter{"connection.open"}, {"", 10}).items.empty());
    EXPECT_EQ(store->list(EventFilter{"ssh_session.end"}, {"", 10}).items.size(), 1U);
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
    EXPECT_GE(store->list(EventFilter{"checkpoint"}, {"", 100}).items.size(), 4U);
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
