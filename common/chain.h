// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/checkpoint.h"
#include "common/event.h"

namespace sallyport {

/// One thing that is wrong with a chain, or with what is kept beside it.
struct Finding {
    std::string kind;  // modified, missing, doubled, swapped, truncated, bad_signature, behind_anchor, …
    std::uint64_t seq = 0;
    std::string text;
};

/// What a verification found.
struct Report {
    std::vector<Finding> findings;  // at most 1000; `count` has them all
    std::uint64_t count = 0;
    std::uint64_t events = 0;
    std::uint64_t checkpoints = 0;
    std::uint64_t unsigned_tail = 0;  // events after the last checkpoint: they can be cut unseen
    Head head;
    std::string node;

    void add(Finding finding);
    [[nodiscard]] bool is_whole() const { return count == 0; }
};

/// How a chain may end: an export ends with a signed checkpoint, so that no event can be cut off unseen; the
/// store of a node may have events after its last one.
enum class Ending { checkpoint, anywhere };

/// Verifies an export line by line in bounded memory: hashes, numbers, signatures, erased events, restores.
class ChainVerifier {
 public:
    /// `anchors` are heads known from outside. `take` is called with every event that can be read, in their
    /// order.
    explicit ChainVerifier(const std::vector<Anchor>& anchors,
                           std::function<void(const Json&)> take = nullptr);

    /// One line without its newline.
    void line(std::string_view text);
    /// The end of the chain; `is_cut` says that the last line had no newline.
    [[nodiscard]] Report finish(Ending ending, bool is_cut = false);

 private:
    void erased(const Json& stub);
    void event(const Json& event, const std::string& hash);
    void place(std::uint64_t seq, const std::string& prev, const std::string& hash, bool has_prev);
    void check_type(const Json& event);
    void check_checkpoint(const Json& event);
    void check_key_change(const Json& event);
    void check_anchors();
    void fault(const char* kind, std::uint64_t seq, std::string text);

    std::function<void(const Json&)> take_;
    Report report_;
    std::string public_key_;
    std::optional<Head> last_;
    std::map<std::uint64_t, std::string> hash_by_seq_;  // of the last few, to tell doubled from swapped
    std::multimap<std::uint64_t, Anchor> anchors_;      // not met yet, by their number
    std::map<std::uint64_t, std::string> erased_;       // still to be named by an event.erased
    std::vector<std::pair<std::uint64_t, std::uint64_t>> restored_;  // anchored seq given up, at seq
    std::set<std::string> anchored_nodes_;
    std::uint64_t line_number_ = 0;
    bool is_signed_ = false;  // the event at hand is a checkpoint with a good signature
};

/// Verifies an export.
[[nodiscard]] Report verify_chain(std::istream& in, const std::vector<Anchor>& anchors);

}  // namespace sallyport
