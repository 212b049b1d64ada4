// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/checkpoint.h"

namespace sallyport::audit {

/// Where events are delivered beside the store: each gets the signed head of every checkpoint.
class Sink {
 public:
    virtual ~Sink() = default;
    /// Takes a head out of the node's reach, as far as it can. Throws Error{Code::io} if it cannot.
    virtual void anchor(const Anchor& anchor) = 0;
};

/// Appends anchor lines to a file outside of the state folder, and forces them to the disk.
class AnchorFile : public Sink {
 public:
    explicit AnchorFile(std::string path) : path_(std::move(path)) {}
    void anchor(const Anchor& anchor) override;

 private:
    std::string path_;
};

/// Writes anchor lines to the log, which journald keeps.
class JournalAnchor : public Sink {
 public:
    void anchor(const Anchor& anchor) override;
};

/// Every anchor in an anchor file, in its order; none if there is no file. Throws Error{Code::config}.
[[nodiscard]] std::vector<Anchor> read_anchors(const std::string& path);

/// The last anchor of a node in an anchor file; absent if the file or the node's line is. Throws
/// Error{Code::config}.
[[nodiscard]] std::optional<Anchor> last_anchor(const std::string& path, const std::string& node);

}  // namespace sallyport::audit
