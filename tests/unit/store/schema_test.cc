// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "common/digest.h"
#include "common/error.h"
#include "common/ids.h"
#include "daemon/audit/keys.h"
#include "daemon/audit/ledger.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/tables.h"
#include "daemon/store/verify.h"
#include "tests/unit/temporary.h"

namespace sallyport::store {
namespace {

const std::filesystem::path fixtures = std::filesystem::path(SALLYPORT_SOURCE) / "tests/unit/store";

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::int64_t version_of(const Database& db) {
    Statement get(db, "PRAGMA user_version");
    return get.step() ? get.number(0) : -1;
}

void append(audit::Ledger& ledger, const Event& event) {
    const auto result = ledger.append({&event}).front();
    if (const auto* error = std::get_if<Error>(&result)) throw *error;
}

Filter all_sessions() {
    Filter out;
    out.kinds = {"ssh_session"};
    return out;
}

/// One row in each table that there is.
void write_a_history(audit::Ledger& ledger) {
    const std::string session = new_id();
    append(ledger, Event("chain.start").put("public_key", ledger.key().public_line()));
    append(ledger, Event("connection.open").put("connection_id", new_id()).put("user", "alice"));
    append(ledger, Event("ssh_session.start")
                       .put("session_id", session)
                       .put("user", "alice")
                       .put("workspace", "acme")
                       .put("host", Json{{"inventory_name", "web-01"}, {"ansible_host", "192.0.2.1"}}));
    append(ledger, Event("host_key.pinned")
                       .put("session_id", session)
                       .put("workspace", "acme")
                       .put("host", "web-01")
                       .put("port", 22)
                       .put("key_type", "ssh-ed25519")
                       .put("key", "AAAA"));
    append(ledger, Event("channel.start")
                       .put("session_id", session)
                       .put("channel_id", "c")
                       .put("kind", "exec")
                       .text("command", "caf\xc3\xa9"));
    append(ledger, Event("ssh_session.end").put("session_id", session).put("end_reason", "exit"));
    (void)ledger.checkpoint();
}

/// `make_schema.py` keeps what this writes as schema-N.sql; not a test of anything.
TEST(Schema, DISABLED_WritesAStoreOfThisVersion) {
    const auto store = open_sqlite(std::getenv("SALLYPORT_FIXTURE"));
    store->beat("2026-03-24T10:12:03.000000Z");
    audit::Ledger ledger(*store, NodeKey::generate(), "gate-1");
    write_a_history(ledger);
}

class EachSchema : public ::testing::TestWithParam<int> {
 protected:
    Temporary folder;

    void SetUp() override {
        const auto file = fixtures / ("schema-" + std::to_string(GetParam()) + ".sql");
        ASSERT_TRUE(std::filesystem::exists(file)) << "run tests/unit/store/make_schema.py";
        const Database old(folder.text() + "/audit.db", Database::Mode::write);
        old.run(read(file));
        ASSERT_EQ(version_of(old), GetParam());
    }
};

TEST_P(EachSchema, IsOpenedWithAllThatItHeldAndGoesOn) {
    const auto store = open_sqlite(folder.text());
    EXPECT_EQ(version_of(Database(folder.text() + "/audit.db", Database::Mode::read)), schema_version);
    EXPECT_TRUE(verify_rows(*store, {}).is_whole());
    const auto sessions = store->list(all_sessions(), {}).items;
    ASSERT_EQ(sessions.size(), 1U);
    EXPECT_EQ(sessions[0]["channels"][0]["command"], "caf\xc3\xa9");
    EXPECT_EQ(sessions[0]["end_reason"], "exit");
    EXPECT_EQ(store->pins("acme", "web-01", 22).size(), 1U);
    EXPECT_EQ(store->open_connections().size(), 1U);
    EXPECT_EQ(store->last_beat(), "2026-03-24T10:12:03.000000Z");
    const std::uint64_t seq = store->head()->seq;
    audit::Ledger ledger(*store, NodeKey::generate(), "gate-1");
    append(ledger, Event("node.stop").put("reason", "test"));
    EXPECT_EQ(store->head()->seq, seq + 1);
}

TEST_P(EachSchema, BecomesWhatANewStoreIs) {
    const auto form_of = [](const std::string& of) {
        (void)open_sqlite(of);
        const Database db(of + "/audit.db", Database::Mode::read);
        Statement get(db, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name");
        std::map<std::string, std::string> out;
        while (get.step()) out[get.text(0)] = get.text(1);
        return out;
    };
    const Temporary fresh;
    EXPECT_EQ(form_of(folder.text()), form_of(fresh.text()));
}

INSTANTIATE_TEST_SUITE_P(All, EachSchema, ::testing::Range(1, schema_version + 1));

TEST(Schema, OfANewerProgramIsRefusedForReadingAndWriting) {
    const Temporary folder;
    (void)open_sqlite(folder.text());
    Database(folder.text() + "/audit.db", Database::Mode::write)
        .run("PRAGMA user_version = " + std::to_string(schema_version + 1));
    for (const auto open : {open_sqlite, open_sqlite_to_read}) {
        try {
            (void)open(folder.text());
            FAIL() << "it was opened";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::config);
            EXPECT_NE(std::string(error.what()).find("a newer sallyportd wrote it"), std::string::npos);
        }
    }
}

TEST(Schema, OfToday) {
    const Database db("", Database::Mode::write);
    upgrade(db, 0);
    EXPECT_EQ(check_version(db), schema_version);
    upgrade(db, schema_version);  // has nothing to do: a table that is there would be refused
}

TEST(Schema, AStepThatFailsLeavesTheStoreAsItWas) {
    const Temporary folder;
    {
        const Database db(folder.text() + "/audit.db", Database::Mode::write);
        db.run("CREATE TABLE pins(of TEXT)");  // in the way of the first step
    }
    EXPECT_THROW((void)open_sqlite(folder.text()), Error);
    const Database db(folder.text() + "/audit.db", Database::Mode::read);
    EXPECT_EQ(version_of(db), 0);
    Statement tables(db, "SELECT count(*) FROM sqlite_master WHERE type = 'table'");
    ASSERT_TRUE(tables.step());
    EXPECT_EQ(tables.number(0), 1);
}

}  // namespace
}  // namespace sallyport::store
