// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/checkpoint.h"
#include "common/error.h"
#include "common/node_key.h"
#include "daemon/audit/log.h"
#include "daemon/store/store.h"

namespace sallyport::audit {

/// True if the store is empty or ends with a checkpoint.
[[nodiscard]] bool is_signed_to_its_end(const store::Store& store);

/// The end of a node's chain, where events get their number and hash. One thread uses it at a time.
class Ledger {
 public:
    using Result = std::variant<Committed, Error>;

    /// Goes on behind the store's last event. The store outlives this.
    Ledger(store::Store& store, NodeKey key, std::string node);

    /// Commits all that can be kept, in their order and together; what breaks the chain's law or cannot be
    /// projected has its Error as result. Throws Error{Code::record} or {disk_full}, and then none is kept.
    [[nodiscard]] std::vector<Result> append(const std::vector<const Event*>& events);
    /// Signs the head and commits that; gives the head to be anchored, absent if nothing came since the last
    /// one. Throws as `append`.
    [[nodiscard]] std::optional<Anchor> checkpoint();

    [[nodiscard]] bool is_new() const noexcept { return !head_; }
    [[nodiscard]] const std::optional<Head>& head() const noexcept { return head_; }
    [[nodiscard]] std::uint64_t unsigned_events() const noexcept { return unsigned_; }
    [[nodiscard]] const NodeKey& key() const noexcept { return key_; }

 private:
    [[nodiscard]] Place next(const std::optional<Head>& head) const;
    [[nodiscard]] std::vector<store::Stored> number(const std::vector<const Event*>& events,
                                                    std::vector<std::size_t>& kept,
                                                    std::vector<Result>& results) const;

    store::Store& store_;
    NodeKey key_;
    std::string node_;
    std::optional<Head> head_;
    std::uint64_t unsigned_ =
        0;  // events since the last checkpoint; of a run before this one they count as one
};

}  // namespace sallyport::audit
