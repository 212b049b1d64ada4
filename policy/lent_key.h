// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "common/clock.h"

namespace sallyport {

/// A key that an operator lent to a run, or to one session of the CLI: it opens targets (of a run: those of
/// one workspace), in that operator's name, from the address that lent it, for as long as it is renewed.
/// Thread-safe.
class LentKey {
 public:
    struct Facts {
        std::string blob;
        std::string fingerprint;
        std::string operator_name;
        std::string lender;           // fingerprint of the operator's own key
        std::string source;           // numeric address
        std::string workspace;        // empty: any
        std::string run_id;           // empty if it is for no run
        std::string cli_instance_id;  // likewise
    };
    LentKey(Facts facts, SteadyTime until, SteadyTime login_until)
        : facts_(std::move(facts)), until_(count(until)), login_until_(count(login_until)) {}

    [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
    /// Whether what it opened may go on.
    [[nodiscard]] bool holds() const noexcept { return count(std::chrono::steady_clock::now()) < until_; }
    /// Whether it opens anything new.
    [[nodiscard]] bool may_log_in() const noexcept {
        return holds() && count(std::chrono::steady_clock::now()) < login_until_;
    }
    void renew(SteadyTime until) noexcept {
        until_ = count(until);
        login_until_ = count(until);
    }
    void revoke() noexcept { until_ = 0; }

 private:
    static SteadyTime::rep count(SteadyTime time) noexcept { return time.time_since_epoch().count(); }

    Facts facts_;
    std::atomic<SteadyTime::rep> until_;
    std::atomic<SteadyTime::rep> login_until_;
};

}  // namespace sallyport
