// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/writer.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "common/chain.h"
#include "tests/unit/temporary.h"

namespace sallyport::audit {
namespace {

/// A store in memory that can be made to fail.
class FakeStore : public store::Store {
 public:
    std::atomic<bool> fails{false};
    std::atomic<bool> holds{false};    // appends wait as long
    std::atomic<bool> is_held{false};  // one of them did

    [[nodiscard]] std::optional<Head> head() const override {
        const std::lock_guard lock(mutex_);
        if (kept_.empty()) return std::nullopt;
        return Head{kept_.back().seq, kept_.back().hash};
    }
    std::optional<std::size_t> append(const std::vector<store::Stored>& events) override {
        while (holds) {
            is_held = true;
            std::this_thread::yield();
        }
        if (fails) throw Error(Code::record, "the disk is full");
        for (std::size_t at = 0; at < events.size(); ++at)
            if (events[at].type == "an.impossible") return at;
        const std::lock_guard lock(mutex_);
        kept_.insert(kept_.end(), events.begin(), events.end());
        return std::nullopt;
    }
    void beat(const std::string&) override {
        if (fails) throw Error(Code::record, "the disk is full");
    }
    [[nodiscard]] std::string last_beat() const override { return ""; }
    [[nodiscard]] std::vector<store::Pin> pins(const std::string&, const std::string&,
                                               std::uint16_t) const override {
        return {};
    }
    [[nodiscard]] std::optional<Json> resource(const std::string&, const std::string&) const override {
        return std::nullopt;
    }
    [[nodiscard]] store::Page<Json> list(const store::Filter&, const store::Cut&) const override {
        return {};
    }
    [[nodiscard]] store::Page<store::Stored> list(const store::EventFilter&,
                                                  const store::Cut&) const override {
        return {};
    }
    [[nodiscard]] std::size_t count(const store::Filter&) const override { return 0; }
    [[nodiscard]] std::size_t count(const store::EventFilter&) const override { return 0; }
    [[nodiscard]] std::vector<std::array<std::string, 3>> hostnames() const override { return {}; }
    [[nodiscard]] std::vector<Json> open_connections() const override { return {}; }
    void each(std::uint64_t, std::uint64_t,
              const std::function<void(const store::Stored&)>& take) const override {
        const std::lock_guard lock(mutex_);
        for (const store::Stored& event : kept_) take(event);
    }

    void compare(const std::function<void(const store::Difference&)>&) const override {}

 private:
    mutable std::mutex mutex_;
    std::vector<store::Stored> kept_;
};

class WriterTest : public ::testing::Test {
 protected:
    Temporary folder;
    FakeStore store;
    runtime::Metrics metrics;
    runtime::Health health;
    std::unique_ptr<Writer> writer = make({});

    std::unique_ptr<Writer> make(std::vector<Event> ends) {
        return std::make_unique<Writer>(
            store, NodeKey::generate(), Writer::Options{"gate-1", folder.text(), "0", "x", "y"},
            std::vector<std::unique_ptr<Sink>>{}, std::move(ends), metrics, health);
    }
    Committed commit(Event event) {
        boost::asio::io_context io;
        auto done = boost::asio::co_spawn(io, writer->commit(std::move(event)), boost::asio::use_future);
        io.run();
        return done.get();
    }
    [[nodiscard]] std::size_t count(const std::string& type) const {
        std::size_t out = 0;
        store.each(0, 0, [&](const store::Stored& event) { out += event.type == type ? 1 : 0; });
        return out;
    }
    [[nodiscard]] Report report() const {
        ChainVerifier verifier({});
        store.each(0, 0, [&](const store::Stored& event) { verifier.line(event.line); });
        return verifier.finish(Ending::anywhere);
    }
};

TEST_F(WriterTest, NumbersWhatItKeeps) {
    const Committed first = commit(Event("a.fact"));
    EXPECT_EQ(commit(Event("a.fact")).seq, first.seq + 1);
    writer.reset();
    EXPECT_EQ(count("node.stop"), 1U);
    EXPECT_TRUE(report().is_whole());
    EXPECT_EQ(report().unsigned_tail, 0U);
}

TEST_F(WriterTest, LeavesTheHeadAsItWasWhenABatchFails) {
    const Committed first = commit(Event("a.fact"));
    store.fails = true;
    EXPECT_THROW((void)commit(Event("a.fact")), Error);
    EXPECT_FALSE(writer->is_healthy());
    EXPECT_THROW((void)commit(Event("a.fact")), Error) << "refused at once while it fails";
    writer->post(Event("an.end"));
    store.fails = false;
    while (!writer->is_healthy()) std::this_thread::yield();
    EXPECT_GT(commit(Event("a.fact")).seq, first.seq);
    writer.reset();
    EXPECT_EQ(count("a.fact"), 2U);
    EXPECT_EQ(count("an.end"), 1U) << "a posted event is tried until it is kept";
    EXPECT_EQ(count("record.failure"), 1U);
    EXPECT_TRUE(report().is_whole());
}

TEST_F(WriterTest, RefusesAnEventThatBreaksTheLawAndGoesOn) {
    EXPECT_THROW((void)commit(Event("a.fact").put("name", "\xff")), Error);
    EXPECT_THROW((void)commit(Event("a.fact").put("half", 0.5)), Error);
    writer->post(Event("a.fact").put("name", "\xff"));
    EXPECT_NO_THROW((void)commit(Event("a.fact")));
    EXPECT_TRUE(writer->is_healthy());
    writer.reset();
    EXPECT_EQ(count("a.fact"), 1U);
    EXPECT_TRUE(report().is_whole());
}

TEST_F(WriterTest, RefusesAnEventThatCannotBeProjectedAndKeepsItsNeighbours) {
    for (int i = 0; i < 20; ++i) {
        writer->post(Event("a.fact"));
        writer->post(Event("an.impossible"));
    }
    EXPECT_THROW((void)commit(Event("an.impossible")), Error);
    EXPECT_TRUE(writer->is_healthy());
    writer.reset();
    EXPECT_EQ(count("a.fact"), 20U);
    EXPECT_EQ(count("an.impossible"), 0U);
    EXPECT_TRUE(report().is_whole());
}

TEST_F(WriterTest, IsNotWellAgainBecauseNothingWasToBeSigned) {
    store.fails = true;
    EXPECT_THROW((void)commit(Event("a.fact")), Error);
    for (int i = 0; i < 20; ++i) {
        boost::asio::io_context io;
        auto done = boost::asio::co_spawn(io, writer->checkpoint(), boost::asio::use_future);
        io.run();
        done.get();
    }
    store.fails = false;
    while (!writer->is_healthy()) std::this_thread::yield();
    writer.reset();
    EXPECT_EQ(count("record.failure"), 1U) << "each time that it works again is on record";
}

TEST_F(WriterTest, AnswersEverybodyWhoWaitsWhenItStopsWhileTheStoreFails) {
    store.fails = true;
    store.holds = true;
    boost::asio::io_context io;
    Writer& stopping = *writer;
    const auto ask = [&] {
        return boost::asio::co_spawn(io, stopping.commit(Event("a.fact")), boost::asio::use_future);
    };
    std::vector<std::future<Committed>> waiting;
    waiting.push_back(ask());
    std::thread caller([&] { io.run(); });
    while (!store.is_held) std::this_thread::yield();
    std::thread stopper([&] { writer.reset(); });
    // While the store holds, only an answer that is given at once says that it stops.
    do waiting.push_back(ask());
    while (waiting.back().wait_for(std::chrono::milliseconds(5)) != std::future_status::ready);
    store.holds = false;
    for (auto& answer : waiting) EXPECT_THROW((void)answer.get(), Error);
    stopper.join();
    caller.join();
}

TEST_F(WriterTest, LosesNoEndHoweverMuchWaitsAndTellsHowMuchOfTheRestWasLost) {
    store.fails = true;
    EXPECT_THROW((void)commit(Event("a.fact")), Error);
    const std::string large(63 * 1024, 'x');
    constexpr std::size_t sent = 1200;  // more than may be held
    for (std::size_t i = 0; i < sent; ++i) writer->post(Event("access.denied").text("typed", large));
    for (int i = 0; i < 100; ++i) writer->post(Event("channel.end"));
    writer->post(Event("ssh_session.end"));
    store.fails = false;
    while (!writer->is_healthy()) std::this_thread::yield();
    writer.reset();
    EXPECT_EQ(count("channel.end"), 100U);
    EXPECT_EQ(count("ssh_session.end"), 1U);
    std::uint64_t lost = 0;
    store.each(0, 0, [&](const store::Stored& event) {
        const Json line = Json::parse(event.line);
        if (line["type"] == "record.failure") lost += line.value("lost", std::uint64_t{0});
    });
    EXPECT_GT(lost, 0U);
    EXPECT_EQ(count("access.denied") + lost, sent);
    EXPECT_TRUE(report().is_whole());
}

TEST_F(WriterTest, KeepsWhatMakesRoomAgainWhenLittleSpaceIsLeft) {
    const auto more_than_there_is = std::filesystem::space(folder / "").capacity;
    writer->set_min_free(std::to_string(more_than_there_is));
    while (health.troubles().count("space") == 0) std::this_thread::yield();
    EXPECT_FALSE(writer->is_healthy());
    EXPECT_NO_THROW((void)commit(Event("recording.deleted")));
    writer->set_min_free("0");
    while (!health.troubles().empty()) std::this_thread::yield();
    EXPECT_TRUE(writer->is_healthy());
}

TEST_F(WriterTest, SaysThatRecordingsCannotBeMadeAndWhenTheyCanAgain) {
    const std::string recordings = (folder / "recordings").string();
    writer.reset();
    writer = std::make_unique<Writer>(
        store, NodeKey::generate(), Writer::Options{"gate-1", folder.text(), "0", "x", "y", {}, recordings},
        std::vector<std::unique_ptr<Sink>>{}, std::vector<Event>{}, metrics, health);
    while (health.troubles().count("recordings") == 0) std::this_thread::yield();
    std::filesystem::create_directory(recordings);
    while (health.troubles().count("recordings") > 0) std::this_thread::yield();
    EXPECT_TRUE(std::filesystem::is_empty(recordings)) << "the probe leaves nothing behind";
}

TEST_F(WriterTest, GivesTheNumberOfTheCheckpointThatAnExportEndsWith) {
    const Committed last = commit(Event("a.fact"));
    const auto sign = [&] {
        boost::asio::io_context io;
        auto done = boost::asio::co_spawn(io, writer->checkpoint(), boost::asio::use_future);
        io.run();
        return done.get();
    };
    EXPECT_EQ(sign(), last.seq + 1);
    EXPECT_EQ(sign(), last.seq + 1) << "nothing came since";
}

TEST_F(WriterTest, FoldsFailedLoginsIntoOneEvent) {
    for (int i = 0; i < 10'000; ++i) writer->auth_failed("unknown_key", "192.0.2.7", "root");
    writer.reset();
    EXPECT_LE(count("auth.failed"), 2U) << "one a minute, and a minute may have ended meanwhile";
    EXPECT_GE(count("auth.failed"), 1U);
}

}  // namespace
}  // namespace sallyport::audit
