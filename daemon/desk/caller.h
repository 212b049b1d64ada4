// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "common/event.h"
#include "daemon/desk/rights.h"
#include "policy/proven.h"

namespace sallyport::desk {

/// Who asks, for as long as one connection to the desk lives: made from a proof alone. Used on one thread.
class Caller {
 public:
    explicit Caller(Proven who) : who_(std::move(who)) {}
    [[nodiscard]] const Proven& who() const noexcept { return who_; }
    [[nodiscard]] const std::string& name() const noexcept { return who_.operator_name(); }
    /// Whether `list` is on record as read by this caller already, so that its next pages need no event each.
    [[nodiscard]] bool has_noted(const std::string& list) const { return noted_.contains(list); }
    void note(const std::string& list);

 private:
    Proven who_;
    std::set<std::string> noted_;
};

/// Throws Error{Code::denied} unless the caller's role of now has the right.
void require(const Rules& rules, const Caller& caller, Right right, bool is_own);

/// Whether a resource is the caller's own.
[[nodiscard]] bool is_own(const Caller& caller, const Json& resource);

}  // namespace sallyport::desk
