// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/recorder.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "common/error.h"
#include "common/ids.h"
#include "tests/unit/temporary.h"

namespace sallyport::taps {
namespace {

using Kept = std::vector<std::pair<FrameKind, std::string>>;
using relay::Direction;
using ssh::Stream;

constexpr std::size_t tail = 64 * 1024;

class RecorderTest : public ::testing::Test {
 protected:
    Temporary folder;
    std::string id = new_id();
    RecordingFile file{folder.text(), id};
    int appends = 0;

    std::unique_ptr<Recorder> recorder(std::optional<KeptOutput> kept, Input input = Input::never) {
        return std::make_unique<Recorder>(file, 1, kept, input, [this] { ++appends; });
    }
    static void pass(Recorder& recorder, Direction direction, std::string_view bytes,
                     Stream stream = Stream::output) {
        recorder.observe(direction, stream, std::as_bytes(std::span(bytes.data(), bytes.size())));
    }
    static void show(Recorder& recorder, std::string_view bytes) {
        pass(recorder, Direction::to_operator, bytes);
    }
    static void type(Recorder& recorder, std::string_view bytes) {
        pass(recorder, Direction::to_target, bytes);
    }
    static void echo(Recorder& recorder, std::string_view keys) {
        for (const char& key : keys) {
            type(recorder, {&key, 1});
            show(recorder, {&key, 1});
        }
    }
    [[nodiscard]] std::string bytes() const {
        std::ifstream in(folder / (id + ".rec"), std::ios::binary);
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }
    [[nodiscard]] Kept frames() const {
        std::istringstream in(bytes());
        RecordingReader reader(in);
        Kept out;
        while (const auto frame = reader.next()) out.emplace_back(frame->kind, frame->payload);
        return out;
    }
};

TEST_F(RecorderTest, KeepsAllThatATerminalShowsAndNothingThatIsTyped) {
    const auto one = recorder(std::nullopt);
    one->resize(80, 24);
    echo(*one, "ls");
    type(*one, "\r");
    show(*one, std::string(3 * 1024 * 1024, 'x'));
    one->finish();
    std::string shown;
    for (const auto& [kind, payload] : frames()) {
        EXPECT_TRUE(kind == FrameKind::output || kind == FrameKind::resize);
        if (kind == FrameKind::output) shown += payload;
    }
    EXPECT_EQ(shown, "ls" + std::string(3 * 1024 * 1024, 'x'));
    EXPECT_FALSE(one->kept_bytes().has_value());
    EXPECT_FALSE(one->output_sha256().has_value());
}

TEST_F(RecorderTest, KeepsWhatIsEchoedAndCountsWhatIsNot) {
    const auto one = recorder(std::nullopt, Input::echoed);
    echo(*one, "su");
    type(*one, "\r");
    show(*one, "\r\nPassword: ");
    type(*one, "hunter2\r");
    show(*one, "\r\n# ");
    EXPECT_EQ(frames(), (Kept{{FrameKind::output, "s"},
                              {FrameKind::output, "u"},
                              {FrameKind::input, "su\r"},
                              {FrameKind::output, "\r\nPassword: "},
                              {FrameKind::input, unechoed_payload(8)},
                              {FrameKind::output, "\r\n# "}}));
    EXPECT_EQ(bytes().find("hunter2"), std::string::npos);
    EXPECT_EQ(appends, 6);
}

TEST_F(RecorderTest, CountsAtTheEndALineThatNeverEnded) {
    const auto one = recorder(std::nullopt, Input::echoed);
    type(*one, "hunter2");
    EXPECT_TRUE(frames().empty());
    one->finish();
    EXPECT_EQ(frames(), (Kept{{FrameKind::input, unechoed_payload(7)}}));
}

TEST_F(RecorderTest, KeepsOutputUpToTheCapWithoutAWordMore) {
    const auto one = recorder(KeptOutput{10, false});
    show(*one, "12345");
    pass(*one, Direction::to_operator, "67890", Stream::error);
    type(*one, "stdin\n");
    one->finish();
    EXPECT_EQ(frames(), (Kept{{FrameKind::output, "12345"}, {FrameKind::error, "67890"}}));
    EXPECT_FALSE(one->kept_bytes().has_value());
}

TEST_F(RecorderTest, KeepsTheTailOfWhatIsBeyondTheCapAndSaysHowMuchIsMissing) {
    const auto one = recorder(KeptOutput{10, false});
    std::string all;
    for (int i = 0; all.size() < 5 * tail; ++i) all += std::to_string(i) + "\n";
    for (std::size_t at = 0; at < all.size(); at += 1000) show(*one, std::string_view(all).substr(at, 1000));
    EXPECT_EQ(frames().size(), 1U) << "the tail is written at the end";
    one->finish();
    EXPECT_EQ(frames(), (Kept{{FrameKind::output, all.substr(0, 10)},
                              {FrameKind::marker,
                               std::to_string(all.size() - 10 - tail) + " bytes of output are not kept here"},
                              {FrameKind::output, all.substr(all.size() - tail)}}));
    EXPECT_EQ(one->kept_bytes(), 10 + tail);
}

TEST_F(RecorderTest, SaysNothingOfMissingBytesWhereTheTailHasAllOfThem) {
    const auto one = recorder(KeptOutput{10, false});
    show(*one, std::string(10, 'a') + std::string(tail, 'b'));
    one->finish();
    EXPECT_EQ(frames(),
              (Kept{{FrameKind::output, std::string(10, 'a')}, {FrameKind::output, std::string(tail, 'b')}}));
}

TEST_F(RecorderTest, KeepsTheTailOfOneGreatPiece) {
    const auto one = recorder(KeptOutput{0, false});
    show(*one, std::string(tail, 'a') + std::string(tail, 'b'));
    one->finish();
    EXPECT_EQ(frames().back(), (Kept::value_type{FrameKind::output, std::string(tail, 'b')}));
    EXPECT_EQ(frames().size(), 2U);
}

TEST_F(RecorderTest, HashesAllOutputOnlyWhereItIsAskedTo) {
    const std::string all(3 * tail, 'z');
    const auto whole = recorder(KeptOutput{10, true});
    const auto kept = recorder(KeptOutput{10, false});
    show(*whole, all.substr(0, 7));
    type(*whole, "stdin is no output");
    show(*whole, all.substr(7));
    show(*kept, all);
    Sha256 digest;
    digest.update(all);
    EXPECT_EQ(whole->output_sha256(), digest.hex());
    EXPECT_FALSE(kept->output_sha256().has_value());
}

TEST_F(RecorderTest, LeavesAFileOfTheSizeAndDigestThatItSays) {
    const auto one = recorder(std::nullopt, Input::echoed);
    echo(*one, "ls");
    type(*one, "\rhunter2");
    one->finish();
    const std::string all = bytes();
    Sha256 digest;
    digest.update(all);
    EXPECT_EQ(file.facts().size, all.size());
    EXPECT_EQ(file.facts().sha256, digest.hex());
}

/// A file of this process can grow no further than it is, as on a full disk.
class FullDisk {
 public:
    explicit FullDisk(std::uint64_t size) {
        getrlimit(RLIMIT_FSIZE, &before_);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        rlimit limit{size, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &before_);
        (void)std::signal(SIGXFSZ, handler_);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

 private:
    rlimit before_{};
    void (*handler_)(int) = SIG_DFL;
};

TEST_F(RecorderTest, FailsWhereOutputOrInputCannotBeKept) {
    const auto one = recorder(std::nullopt, Input::echoed);
    echo(*one, "ls");
    {
        const FullDisk full(file.facts().size);
        EXPECT_THROW(show(*one, " "), Error);
        EXPECT_THROW(type(*one, "\r"), Error);
        EXPECT_NO_THROW(type(*one, "held"));
        EXPECT_THROW(one->finish(), Error);
    }
    EXPECT_THROW(show(*one, " "), Error) << "there is room again, but nothing can stand behind half a frame";
}

}  // namespace
}  // namespace sallyport::taps
