// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/retention.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>

#include "common/error.h"
#include "common/ids.h"
#include "common/recording.h"
#include "daemon/audit/writer.h"
#include "tests/unit/temporary.h"

namespace sallyport::audit {
namespace {

using namespace std::chrono_literals;

/// A log that keeps nothing: what it was asked for can be seen, and it can be made to fail.
struct FakeLog : Log {
    std::vector<Event> events;
    bool fails = false;
    std::function<void()> look = [] {};

    boost::asio::awaitable<Committed> commit(Event event) override {
        look();
        if (fails) throw Error(Code::record, "the disk is full");
        events.push_back(std::move(event));
        co_return Committed{};
    }
    void post(Event) override {}
    void auth_failed(std::string, std::string, std::string) override {}
    [[nodiscard]] bool is_healthy() const noexcept override { return !fails; }
};

class Retention : public ::testing::Test {
 protected:
    Temporary folder;
    std::unique_ptr<store::Store> store = store::open_sqlite(folder.text());
    runtime::Pool pool{1, 16};
    FakeLog log;
    std::string id = new_id();
    std::uint64_t seq = 0;
    std::string file = (folder / (id + ".rec")).string();

    Retention() { std::ofstream(file) << "what was shown"; }

    void keep(const Event& event, WallTime time) {
        const std::string line = event_line(
            {"gate-1", ++seq, std::string(64, '0'), to_rfc3339(time), std::string(32, 'a')}, event);
        ASSERT_FALSE(store->append({{seq, event_hash(line), event.type(), to_rfc3339(time), line}}));
    }
    void session(WallTime started, std::optional<WallTime> ended) {
        keep(Event("ssh_session.start").put("session_id", id), started);
        Event end("ssh_session.end");
        end.put("session_id", id).put("recording", Json{{"size", 14}, {"sha256", "digest"}});
        if (ended) keep(end, *ended);
    }
    std::size_t run(std::chrono::seconds retain) {
        boost::asio::io_context io;
        auto done = boost::asio::co_spawn(io, delete_expired(log, *store, pool, folder.text(), retain),
                                          boost::asio::use_future);
        io.run();
        return done.get();
    }
};

TEST_F(Retention, LeavesNothingOfASessionThatNeverBegan) {
    const std::string unbegun = (folder / (new_id() + ".rec")).string();
    const std::string evidence = (folder / (new_id() + ".rec")).string();
    std::ofstream(unbegun) << recording_header(id, wall_now());
    std::ofstream(evidence) << recording_header(id, wall_now()) << "of a store that was put back";
    std::ofstream(file, std::ios::trunc) << recording_header(id, wall_now());
    session(wall_now(), std::nullopt);
    delete_unbegun_recordings(*store, folder.text());
    EXPECT_FALSE(std::filesystem::exists(unbegun));
    EXPECT_TRUE(std::filesystem::exists(evidence));
    EXPECT_TRUE(std::filesystem::exists(file)) << "its session is on record";
}

TEST_F(Retention, DeletesWhatIsPastItsTimeAfterTheRecordSaysSo) {
    session(wall_now() - 100h, wall_now() - 99h);
    log.look = [&] { EXPECT_TRUE(std::filesystem::exists(file)) << "the file went before its event"; };
    EXPECT_EQ(run(24h), 1U);
    EXPECT_FALSE(std::filesystem::exists(file));
    ASSERT_EQ(log.events.size(), 1U);
    EXPECT_EQ(log.events[0].type(), "recording.deleted");
    EXPECT_EQ(log.events[0].members()["session_id"], id);
    EXPECT_EQ(log.events[0].members()["size"], 14);
    EXPECT_EQ(log.events[0].members()["sha256"], "digest");
}

TEST_F(Retention, KeepsWhatIsWithinItsTime) {
    session(wall_now() - 100h, wall_now() - 23h);
    EXPECT_EQ(run(24h), 0U);
    EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(Retention, KeepsTheRecordingOfALiveSessionHoweverOld) {
    session(wall_now() - 1000h, std::nullopt);
    EXPECT_EQ(run(24h), 0U);
    EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(Retention, KeepsTheFileWhereTheRecordTakesNothing) {
    session(wall_now() - 100h, wall_now() - 99h);
    log.fails = true;
    EXPECT_THROW((void)run(24h), Error);
    EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(Retention, FinishesWhatACrashLeftWithoutASecondEvent) {
    session(wall_now() - 100h, wall_now() - 99h);
    keep(Event("recording.deleted").put("session_id", id), wall_now());
    EXPECT_EQ(run(1000h), 1U);
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_TRUE(log.events.empty());
}

TEST_F(Retention, LeavesFilesThatAreNoRecordings) {
    std::ofstream(folder / "notes.txt") << "x";
    EXPECT_EQ(run(0s), 0U);
    EXPECT_TRUE(std::filesystem::exists(folder / "notes.txt"));
    EXPECT_TRUE(std::filesystem::exists(file)) << "no session of ours";
}

}  // namespace
}  // namespace sallyport::audit
