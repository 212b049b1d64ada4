// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "daemon/audit/writer.h"
#include "daemon/desk/rights.h"
#include "daemon/live/roster.h"
#include "daemon/live/rules_in_force.h"
#include "daemon/runtime/pool.h"
#include "daemon/store/store.h"
#include "policy/proven.h"

namespace sallyport::desk {

/// Who asks, for as long as one connection to the desk lives: made from a proof alone. Used on one thread.
class Caller {
 public:
    explicit Caller(Proven who) : who_(std::move(who)) {}
    [[nodiscard]] const Proven& who() const noexcept { return who_; }
    /// Whether `list` is on record as read by this caller already, so that its next pages need no event each.
    [[nodiscard]] bool has_noted(const std::string& list) const { return noted_.contains(list); }
    void note(const std::string& list);

 private:
    Proven who_;
    std::set<std::string> noted_;
};

/// A recording that is being read.
struct Opened {
    std::ifstream file;
    std::uint64_t left = 0;  // what a live session adds meanwhile is not waited for
};

/// Answers every question and command about the record, whoever carries it. Refusals are Error{Code::denied},
/// things that are not there, or not for this caller, Error{Code::not_found}; what cannot be recorded is
/// Error{Code::record}.
class Desk {
 public:
    /// All outlive this.
    Desk(live::RulesInForce& rules, store::Store& store, live::Roster& roster, audit::Writer& log,
         runtime::Pool& pool, std::filesystem::path recordings);

    [[nodiscard]] Json me(const Caller& caller) const;
    [[nodiscard]] Json hosts(const Caller& caller) const;
    /// Sessions of the past and of now; only the caller's own without a role for others'.
    [[nodiscard]] boost::asio::awaitable<store::Page<Json>> sessions(Caller& caller,
                                                                     store::SessionFilter filter,
                                                                     std::string cursor, std::size_t limit);
    [[nodiscard]] boost::asio::awaitable<Json> session(const Caller& caller, std::string id);
    /// A recording as far as it goes now, once `record.read` is on record; it comes by `recording_piece`.
    [[nodiscard]] boost::asio::awaitable<Opened> recording(const Caller& caller, std::string id);
    /// The next bytes, empty at the end.
    [[nodiscard]] boost::asio::awaitable<std::string> recording_piece(Opened& opened);
    [[nodiscard]] boost::asio::awaitable<void> terminate(const Caller& caller, std::string id,
                                                         std::string reason);
    /// One page of events; `record.read` is written once per connection and question, whatever the cursor.
    [[nodiscard]] boost::asio::awaitable<store::Page<store::Stored>> events(Caller& caller,
                                                                            store::EventFilter filter,
                                                                            std::string cursor,
                                                                            std::size_t limit);
    /// Puts the export on record and signs the head; gives the number of that checkpoint, with which the
    /// export ends. The lines then come by `export_page`.
    [[nodiscard]] boost::asio::awaitable<std::uint64_t> begin_export(const Caller& caller);
    /// The next lines up to the event `last`, none behind it.
    [[nodiscard]] boost::asio::awaitable<store::Page<store::Stored>> export_page(std::string cursor,
                                                                                 std::uint64_t last);

 private:
    [[nodiscard]] DeskRole role_of(const Caller& caller) const;
    void require(const Caller& caller, Question question, bool is_own) const;
    [[nodiscard]] boost::asio::awaitable<Json> find(std::string id);
    [[nodiscard]] boost::asio::awaitable<void> record_read(const Caller& caller, const char* what,
                                                           std::string id);
    [[nodiscard]] boost::asio::awaitable<void> record_list(Caller& caller, const char* what,
                                                           std::string question);

    live::RulesInForce& rules_;
    store::Store& store_;
    live::Roster& roster_;
    audit::Writer& log_;
    runtime::Pool& pool_;
    std::filesystem::path recordings_;
};

}  // namespace sallyport::desk
