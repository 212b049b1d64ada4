// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "common/ids.h"
#include "daemon/audit/ledger.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/verify.h"
#include "tests/unit/faults/failing.h"
#include "tests/unit/temporary.h"

namespace sallyport::store {
namespace {

using audit::Ledger;
using faults::with_writes;

faults::Came without_memory(std::size_t nth, const std::function<void()>& work) {
    return faults::without_memory(nth, work, faults::Allocations::all_but_json);
}

std::vector<Event> a_session(const std::string& id) {
    const std::string channel = new_id();
    Event start("ssh_session.start");
    start.put("session_id", id).put("user", "alice").put("workspace", "acme");
    start.put("host", Json{{"inventory_name", "web-01"}, {"ansible_host", "192.0.2.1"}});
    Event pinned("host_key.pinned");
    pinned.put("session_id", id).put("workspace", "acme").put("host", "192.0.2.1").put("port", 22);
    pinned.put("key_type", "ssh-ed25519").put("key", "AAAA").put("fingerprint", "SHA256:x");
    return {start, pinned,
            Event("channel.start")
                .put("session_id", id)
                .put("channel_id", channel)
                .put("kind", "exec")
                .text("command", "id"),
            Event("channel.end").put("session_id", id).put("channel_id", channel).put("exit_code", 0),
            Event("ssh_session.end").put("session_id", id).put("end_reason", "exit")};
}

/// A chain that is begun, and sessions that come to it, each with five events.
class FailingStore : public ::testing::Test {
 protected:
    Temporary folder;
    std::unique_ptr<Store> store = open_sqlite(folder.text());
    std::unique_ptr<Ledger> ledger = std::make_unique<Ledger>(*store, NodeKey::generate(), "gate-1");
    std::string last;  // session that was kept

    FailingStore() {
        EXPECT_TRUE(is_kept({Event("chain.start").put("public_key", ledger->key().public_line())}));
        come();
    }

    bool is_kept(const std::vector<Event>& events) {
        std::vector<const Event*> all;
        for (const Event& event : events) all.push_back(&event);
        const auto results = ledger->append(all);
        return std::all_of(results.begin(), results.end(), [](const auto& result) {
            return std::holds_alternative<audit::Committed>(result);
        });
    }
    void come() {
        last = new_id();
        EXPECT_TRUE(is_kept(a_session(last)));
    }
    /// As another process sees it.
    [[nodiscard]] std::uint64_t events_on_disk() const {
        return open_sqlite_to_read(folder.text())->head()->seq;
    }

    /// A session comes while `fault` has one thing fail: it is kept as a whole, or not at all and then later.
    /// False once the fault was not met.
    bool comes_while(const std::function<faults::Came(const std::function<void()>&)>& fault) {
        const std::uint64_t before = ledger->head()->seq;
        const auto events = a_session(new_id());
        bool is_all_kept = false;
        const auto came = fault([&] { is_all_kept = is_kept(events); });
        EXPECT_EQ(is_all_kept, came.is_done) << "an event that could be kept a moment later is given up";
        EXPECT_EQ(ledger->head()->seq, before + (came.is_done ? events.size() : 0));
        EXPECT_EQ(events_on_disk(), ledger->head()->seq);
        EXPECT_TRUE(came.is_done || is_kept(events));
        return came.was_hit && !HasFailure();
    }

    void is_whole_after_another_start() {
        (void)ledger->checkpoint();  // absent where the head is signed already
        const std::uint64_t seq = ledger->head()->seq;
        ledger.reset();
        store.reset();
        store = open_sqlite(folder.text());
        EXPECT_EQ(store->head()->seq, seq);
        for (const Finding& finding : verify_rows(*store, {}).findings)
            ADD_FAILURE() << finding.kind << "@" << finding.seq << " " << finding.text;
    }
};

TEST_F(FailingStore, KeepsABatchAsAWholeOrNotAtAllWhicheverAllocationFails) {
    std::size_t nth = 1;
    while (comes_while([&](const auto& work) { return without_memory(nth, work); })) ++nth;
    EXPECT_GT(nth, 100U);
    is_whole_after_another_start();
}

TEST_F(FailingStore, SignsItsHeadOrNotWhicheverAllocationFails) {
    for (std::size_t nth = 1;; ++nth) {
        come();
        const std::uint64_t before = ledger->head()->seq;
        std::optional<Anchor> anchor;
        const auto came = without_memory(nth, [&] { anchor = ledger->checkpoint(); });
        EXPECT_EQ(came.is_done, anchor.has_value());
        ASSERT_EQ(events_on_disk(), before + (came.is_done ? 1 : 0)) << nth;
        if (!came.was_hit) break;
    }
    is_whole_after_another_start();
}

TEST_F(FailingStore, KeepsABatchAsAWholeOrNotAtAllWhicheverWriteFails) {
    for (const int number : {ENOSPC, EIO}) {
        std::size_t nth = 1;
        while (
            comes_while([&](const auto& work) { return with_writes({.nth = nth, .number = number}, work); }))
            ++nth;
        EXPECT_GT(nth, 2U);
        nth = 1;
        while (comes_while([&](const auto& work) {
            return with_writes({.nth = nth, .number = number, .lasts = true}, work);
        }))
            ++nth;
    }
    is_whole_after_another_start();
}

TEST_F(FailingStore, KeepsABatchHoweverLittleAWriteTakes) {
    for (const std::size_t most : {100U, 1000U})
        EXPECT_FALSE(comes_while(
            [&](const auto& work) { return with_writes({.most = most, .is_interrupted = false}, work); }));
    is_whole_after_another_start();
}

TEST_F(FailingStore, KeepsABatchThoughSignalsInterruptItsWrites) {
    const std::uint64_t before = events_on_disk();
    const auto events = a_session(new_id());
    const auto came = with_writes({.is_interrupted = true}, [&] { EXPECT_TRUE(is_kept(events)); });
    EXPECT_EQ(events_on_disk(), before + (came.is_done ? events.size() : 0));
    EXPECT_TRUE(came.is_done || is_kept(events));
    is_whole_after_another_start();
}

TEST_F(FailingStore, IsForcedToTheDiskBeforeABatchCountsAsKept) {
    Database reader(folder.text() + "/audit.db", Database::Mode::read);
    Statement mode(reader, "PRAGMA journal_mode");
    ASSERT_TRUE(mode.step());
    EXPECT_EQ(mode.text(0), "wal");
    for (int i = 0; i < 3; ++i) {
        const faults::FailedWrites none({});
        come();
        EXPECT_EQ(none.forced(), 1U) << "once for each commit: synchronous is FULL";
    }
}

TEST_F(FailingStore, AnswersRightOrNotAtAllWhicheverAllocationFails) {
    come();
    Filter filter;
    filter.kinds = {"ssh_session"};
    const auto all = [&] {
        std::string out =
            store->head()->hash + store->last_beat() + store->resource("ssh_session", last)->dump();
        for (const Json& item : store->list(filter, {"", 10}).items) out += item.dump();
        for (const Stored& item : store->list(EventFilter(), {"", 20}).items) out += item.line;
        for (const Pin& pin : store->pins("acme", "192.0.2.1", 22)) out += pin.key;
        store->each(1, 5, [&](const Stored& item) { out += item.hash; });
        return out + std::to_string(store->open_connections().size());
    };
    store->beat("2026-03-24T10:12:03Z");
    const std::string right = all();
    for (std::size_t nth = 1;; ++nth) {
        std::string answer;
        const auto came = without_memory(nth, [&] { answer = all(); });
        ASSERT_EQ(came.is_done ? answer : right, right) << nth;
        if (!came.was_hit) break;
    }
    EXPECT_EQ(all(), right);
}

TEST_F(FailingStore, OpensOrNotWhicheverAllocationFails) {
    const Head head = *store->head();
    ledger.reset();
    store.reset();
    const std::size_t before = faults::descriptors();
    for (std::size_t nth = 1;; ++nth) {
        const auto came = without_memory(nth, [&] { store = open_sqlite(folder.text()); });
        if (came.is_done) {
            EXPECT_EQ(store->head()->hash, head.hash);
            store.reset();
        }
        ASSERT_EQ(faults::descriptors(), before) << nth;
        if (!came.was_hit) break;
    }
}

TEST_F(FailingStore, IsMadeOrNotWhicheverAllocationOrWriteFails) {
    for (const bool is_memory : {true, false})
        for (std::size_t nth = 1;; ++nth) {
            const Temporary fresh;
            std::unique_ptr<Store> made;
            const std::function<void()> make = [&] { made = open_sqlite(fresh.text()); };
            const auto came = is_memory ? without_memory(nth, make)
                                        : with_writes({.nth = nth, .number = ENOSPC, .lasts = true}, make);
            made.reset();
            made = open_sqlite(fresh.text());  // whatever was begun, the next start goes on
            EXPECT_FALSE(made->head().has_value());
            if (!came.was_hit || HasFailure()) break;
            if (nth > 50) nth += 20;  // it takes its time
        }
}

}  // namespace
}  // namespace sallyport::store
