// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "daemon/relay/bridge.h"

namespace sallyport::relay {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

std::string text_of(const Flow::Piece& piece) {
    return {reinterpret_cast<const char*>(piece.second.data()), piece.second.size()};
}

void take(Flow& flow, int stream, const std::string& text) {
    flow.take(stream, bytes_of(text));
}

void show_all(Flow& flow) {
    while (flow.has_new()) flow.mark_seen();
}

TEST(Flow, GivesNothingToTheFarSideBeforeTheTapsHaveSeenIt) {
    Flow flow;
    take(flow, 0, "one");
    EXPECT_TRUE(flow.has_new());
    EXPECT_EQ(text_of(flow.front()), "");
    EXPECT_EQ(text_of(flow.unseen()), "one");
    flow.mark_seen();
    EXPECT_FALSE(flow.has_new());
    EXPECT_EQ(text_of(flow.front()), "one");
}

TEST(Flow, NeverAddsToAPieceThatWasSeen) {
    Flow flow;
    take(flow, 0, "one");
    flow.mark_seen();
    take(flow, 0, "two");
    EXPECT_EQ(text_of(flow.front()), "one");
    EXPECT_EQ(text_of(flow.unseen()), "two");
    flow.written(3);
    EXPECT_EQ(text_of(flow.front()), "") << "what comes next has not been seen";
}

TEST(Flow, KeepsTheOrderOfOutputAndErrors) {
    Flow flow;
    take(flow, 0, "out");
    take(flow, 1, "err");
    take(flow, 0, "put");
    std::string got;
    show_all(flow);
    while (!flow.is_drained()) {
        got += std::to_string(flow.front().first) + text_of(flow.front()) + " ";
        flow.written(flow.front().second.size());
    }
    EXPECT_EQ(got, "0out 1err 0put ");
}

TEST(Flow, HasRoomUpToItsBoundAndAgainForWhatWasWritten) {
    Flow flow;
    EXPECT_EQ(flow.room(), Flow::bound);
    take(flow, 0, std::string(Flow::bound - 10, 'x'));
    EXPECT_EQ(flow.room(), 10U);
    take(flow, 1, std::string(10, 'x'));
    EXPECT_EQ(flow.room(), 0U);
    show_all(flow);
    flow.written(7);
    EXPECT_EQ(flow.room(), 7U);
    take(flow, 0, std::string(100, 'x'));  // an older libssh gives more than was asked for
    EXPECT_EQ(flow.room(), 0U);
}

TEST(Flow, EndsOnlyAfterItsLastByte) {
    Flow flow;
    EXPECT_FALSE(flow.may_end());
    take(flow, 0, "x");
    flow.eof();
    EXPECT_FALSE(flow.may_end());
    show_all(flow);
    EXPECT_FALSE(flow.may_end());
    flow.written(1);
    EXPECT_TRUE(flow.may_end());
}

TEST(Flow, ForgetsWhatWaitsAndWhatComesOnceNobodyReads) {
    Flow flow;
    take(flow, 0, "abc");
    show_all(flow);
    flow.written(1);
    flow.drop();
    take(flow, 0, "defg");
    EXPECT_TRUE(flow.is_drained());
    EXPECT_FALSE(flow.has_new());
    EXPECT_EQ(flow.room(), Flow::bound);
    EXPECT_EQ(flow.total_in(), 7U);
    EXPECT_EQ(flow.total_out(), 1U);
    EXPECT_EQ(flow.total_gone(), 7U);
}

TEST(Flow, KeepsBytesWhateverTheChunks) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Flow flow;
    std::string sent[2];
    std::string seen[2];
    std::string got[2];
    const auto write_some = [&](std::size_t room) {
        while (flow.has_new()) {
            const auto piece = flow.unseen();
            seen[piece.first] += text_of(piece);
            flow.mark_seen();
        }
        for (std::size_t left = room; left > 0 && !flow.is_drained();) {
            const auto piece = flow.front();
            const std::size_t count = std::min(left, piece.second.size());
            got[piece.first] += text_of(piece).substr(0, count);
            flow.written(count);
            left -= count;
        }
    };
    for (int i = 0; i < 3'000; ++i) {
        std::string chunk(std::min<std::size_t>(flow.room(), random() % 4'000), '\0');
        for (char& c : chunk) c = static_cast<char>(random());
        const int stream = static_cast<int>(random() % 2);
        take(flow, stream, chunk);
        sent[stream] += chunk;
        ASSERT_LE(flow.total_in() - flow.total_gone(), Flow::bound);
        if (random() % 3 == 0) write_some(random() % 9'000);
    }
    write_some(SIZE_MAX);
    for (const int stream : {0, 1}) {
        EXPECT_TRUE(got[stream] == sent[stream]) << "stream " << stream;
        EXPECT_TRUE(seen[stream] == sent[stream]) << "stream " << stream;
    }
    EXPECT_EQ(flow.total_in(), sent[0].size() + sent[1].size());
    EXPECT_EQ(flow.total_out(), flow.total_in());
}

}  // namespace
}  // namespace sallyport::relay
