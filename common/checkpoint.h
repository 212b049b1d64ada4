// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

constexpr std::string_view checkpoint_namespace = "sallyport-checkpoint";
constexpr std::string_view key_change_namespace = "sallyport-key-change";

/// The head of a chain: the last event's number and hash.
struct Head {
    std::uint64_t seq = 0;
    std::string hash;
};

/// The five lines that a checkpoint signs: `sallyport-checkpoint/1`, node, seq and hash of the event before
/// it, its time.
[[nodiscard]] std::string checkpoint_text(const std::string& node, const Head& before,
                                          const std::string& time);

/// The six lines by which a node's old key signs its new one, in namespace `sallyport-key-change`:
/// `sallyport-key-change/1`, node, seq and hash of the event before it, its time, the new public line.
[[nodiscard]] std::string key_change_text(const std::string& node, const Head& before,
                                          const std::string& time, const std::string& public_line);

/// A head as it stands outside of the store, in one line: `sallyport-anchor/1 NODE SEQ HASH TIME` of a
/// checkpoint.
struct Anchor {
    std::string node;
    Head head;
    std::string time;
};
[[nodiscard]] std::string anchor_line(const Anchor& anchor);
[[nodiscard]] std::optional<Anchor> parse_anchor(std::string_view line);

}  // namespace sallyport
