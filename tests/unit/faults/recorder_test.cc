// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/recorder.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>

#include "common/digest.h"
#include "common/error.h"
#include "common/ids.h"
#include "tests/unit/faults/failing.h"
#include "tests/unit/temporary.h"

namespace sallyport::taps {
namespace {

using faults::with_writes;
using faults::without_memory;
const std::string shown(70'000, 'x');  // beyond the buffer that is kept between two frames

/// A recording that is begun, gets five frames and is forced to the disk.
class FailingRecorder : public ::testing::Test {
 protected:
    Temporary folder;
    std::string id = new_id();
    std::unique_ptr<RecordingFile> file;

    void begin() { file = std::make_unique<RecordingFile>(folder.text(), id); }
    void go_on() {
        for (int i = 0; i < 4; ++i) file->append(1, FrameKind::output, "four of them");
        file->append(1, FrameKind::output, shown);
        file->sync();
    }
    void begin_anew() {
        file.reset();
        std::filesystem::remove(path());
        begin();
    }
    [[nodiscard]] std::filesystem::path path() const { return folder / (id + ".rec"); }
    [[nodiscard]] std::string bytes() const {
        std::ifstream in(path(), std::ios::binary);
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }
    [[nodiscard]] std::size_t whole_frames() const {
        std::istringstream in(bytes());
        RecordingReader reader(in);
        std::size_t count = 0;
        while (reader.next()) ++count;
        return count;
    }
    /// What the end event will say is what is there, and it can be read up to the last whole frame.
    void is_true_to_its_word() const {
        const RecordingFile::Facts facts = file->facts();
        EXPECT_EQ(facts.size, std::filesystem::file_size(path()));
        EXPECT_EQ(facts.sha256, sha256_hex(bytes()));
        EXPECT_LE(whole_frames(), 5U);
    }
};

TEST_F(FailingRecorder, LeavesNothingBehindWhereItCannotBegin) {
    const std::size_t before = faults::descriptors();
    std::size_t nth = 1;
    for (faults::Came came{false, true}; came.was_hit; ++nth) {
        came = without_memory(nth, [this] { begin(); });
        if (came.is_done) break;
        EXPECT_FALSE(std::filesystem::exists(path())) << nth;
        EXPECT_EQ(faults::descriptors(), before) << nth;
    }
    EXPECT_GT(nth, 5U);
    EXPECT_EQ(whole_frames(), 0U);
}

TEST_F(FailingRecorder, IsWholeAndTrueWhicheverAllocationFails) {
    for (std::size_t nth = 1;; ++nth) {
        begin_anew();
        const auto came = without_memory(nth, [this] { go_on(); });
        is_true_to_its_word();
        EXPECT_EQ(came.is_done, !came.was_hit) << nth;
        if (!came.was_hit) break;
    }
    EXPECT_EQ(whole_frames(), 5U);
}

TEST_F(FailingRecorder, KeepsEveryByteHoweverLittleAWriteTakes) {
    for (const std::size_t most : {1U, 7U, 4096U}) {
        begin_anew();
        EXPECT_TRUE(with_writes({.most = most, .is_interrupted = true}, [this] {
                        for (int i = 0; i < 4; ++i) file->append(1, FrameKind::output, "four of them");
                        file->append(1, FrameKind::output, shown);
                    }).is_done);
        is_true_to_its_word();
        EXPECT_EQ(whole_frames(), 5U);
    }
}

TEST_F(FailingRecorder, SaysThatItFailedAndTakesNothingMoreWhicheverWriteFails) {
    for (std::size_t nth = 1;; ++nth) {
        begin_anew();
        const auto came = with_writes({.nth = nth, .number = ENOSPC, .most = 20}, [this] { go_on(); });
        is_true_to_its_word();
        EXPECT_EQ(came.is_done, !came.was_hit) << nth;
        if (!came.was_hit) break;
        EXPECT_TRUE(file->has_failed());
        const std::string kept = bytes();
        EXPECT_THROW(file->append(1, FrameKind::output, "behind a hole"), Error) << nth;
        EXPECT_EQ(bytes(), kept);
        if (nth > 40) nth += 100;
    }
}

TEST_F(FailingRecorder, SaysThatItCouldNotBeForcedToTheDisk) {
    begin();
    file->append(1, FrameKind::output, "x");
    EXPECT_FALSE(with_writes({.nth = 1, .number = EIO}, [this] { file->sync(); }).is_done);
    EXPECT_TRUE(file->has_failed());
}

TEST_F(FailingRecorder, IsForcedToTheDiskWhenSyncReturns) {
    begin();
    const faults::FailedWrites none({});
    file->append(1, FrameKind::output, "x");
    EXPECT_EQ(none.forced(), 0U);
    file->sync();
    EXPECT_EQ(none.forced(), 1U);
}

}  // namespace
}  // namespace sallyport::taps
