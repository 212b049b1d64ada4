// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "daemon/relay/tap.h"
#include "daemon/taps/echoed_input.h"
#include "daemon/taps/recording_file.h"

namespace sallyport::taps {

/// What is kept of a channel's output, and what is said of the rest.
struct KeptOutput {
    std::size_t cap =
        1024 * 1024;  // exec output beyond it is counted, and its last 64 KiB are kept at the end
    bool is_hashed_whole = false;  // `digest: whole`
};

/// Whether what is typed is recorded as far as it is echoed; only a terminal echoes.
enum class Input { never, echoed };

/// Records one channel: terminal output whole; output without a terminal up to the cap. Stdin without a
/// terminal is never stored.
class Recorder : public relay::Tap {
 public:
    /// `kept` absent: everything is kept, as for a terminal. `file` outlives this; `wrote` is called after
    /// each append.
    Recorder(RecordingFile& file, std::uint32_t channel, std::optional<KeptOutput> kept, Input input,
             std::function<void()> wrote);

    void observe(relay::Direction direction, ssh::Stream stream, std::span<const std::byte> bytes) override;
    void resize(int columns, int rows) override;

    /// Writes what is due at the end: a line that was typed and never ended, as a count; the tail of capped
    /// output, and a marker that says how much is missing.
    void finish();
    /// The digest of all output, if it was asked for.
    [[nodiscard]] std::optional<std::string> output_sha256() const;
    /// Bytes of output that the recording holds; absent if all of them.
    [[nodiscard]] std::optional<std::uint64_t> kept_bytes() const;

 private:
    void keep(ssh::Stream stream, std::string_view bytes);
    void append(FrameKind kind, std::string_view payload);
    void append_input(const std::vector<std::string>& payloads);
    void finish_output();

    RecordingFile& file_;
    std::uint32_t channel_;
    std::optional<KeptOutput> kept_;
    std::optional<EchoedInput> input_;
    std::function<void()> wrote_;
    std::uint64_t seen_ = 0;
    std::uint64_t stored_ = 0;
    std::string tail_;
    std::optional<Sha256> whole_;
};

}  // namespace sallyport::taps
