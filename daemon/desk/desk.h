// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/audit/writer.h"
#include "daemon/desk/caller.h"
#include "daemon/live/roster.h"
#include "daemon/live/rules_in_force.h"
#include "daemon/runtime/pool.h"
#include "daemon/store/store.h"

namespace sallyport::desk {

/// A page of a list, with how many there are in all: exactly up to 10,000.
template <typename T>
struct Listed {
    store::Page<T> page;
    std::size_t count = 0;
    bool is_exact = true;
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
         runtime::Pool& pool, std::filesystem::path state);

    [[nodiscard]] Json me(const Caller& caller) const;
    [[nodiscard]] Json hosts(const Caller& caller) const;
    /// The operators of the policy; of a caller without the right for others, themselves.
    [[nodiscard]] Json operators(const Caller& caller) const;
    /// The workspaces as they are loaded; without the right for others, those with a host for the caller.
    [[nodiscard]] Json workspaces(const Caller& caller) const;
    /// Resources of the past and of now; only the caller's own without a role for others'.
    [[nodiscard]] boost::asio::awaitable<Listed<Json>> resources(Caller& caller, store::Filter filter,
                                                                 store::Cut cut);
    [[nodiscard]] boost::asio::awaitable<Json> resource(const Caller& caller, std::string kind,
                                                        std::string id);
    /// Sessions, runs, syncs and refusals in one order; a session says `others`: who else was on its host
    /// meanwhile, the first 20. At most 100 a page.
    [[nodiscard]] boost::asio::awaitable<Listed<Json>> timeline(Caller& caller, store::Filter filter,
                                                                store::Cut cut);
    /// A recording as far as it goes now, once `record.read` is on record; it comes by `piece`.
    [[nodiscard]] boost::asio::awaitable<Opened> recording(const Caller& caller, std::string id);
    /// The log that a client attached to a run; likewise.
    [[nodiscard]] boost::asio::awaitable<Opened> run_log(const Caller& caller, std::string id);
    /// The next bytes, empty at the end.
    [[nodiscard]] boost::asio::awaitable<std::string> piece(Opened& opened);
    [[nodiscard]] boost::asio::awaitable<void> terminate(const Caller& caller, std::string id,
                                                         std::string reason);
    /// One page of events; `record.read` is written once per connection and question, whatever the cursor.
    [[nodiscard]] boost::asio::awaitable<Listed<store::Stored>> events(Caller& caller,
                                                                       store::EventFilter filter,
                                                                       store::Cut cut);
    [[nodiscard]] std::uint64_t last_seq() const noexcept { return log_.last_seq(); }
    /// Events behind `after` as they come, at least one; returns when there are, or empty after `patience`.
    /// The right is asked each time.
    [[nodiscard]] boost::asio::awaitable<std::vector<store::Stored>> next_events(
        Caller& caller, std::uint64_t after, std::chrono::milliseconds patience);
    /// Puts the export on record and signs the head; gives the number of that checkpoint, with which the
    /// export ends. The lines then come by `export_page`.
    [[nodiscard]] boost::asio::awaitable<std::uint64_t> begin_export(const Caller& caller);
    /// The next lines up to the event `last`, none behind it.
    [[nodiscard]] boost::asio::awaitable<store::Page<store::Stored>> export_page(std::string cursor,
                                                                                 std::uint64_t last);

 private:
    [[nodiscard]] boost::asio::awaitable<Opened> open(std::string file);
    [[nodiscard]] DeskRole role_of(const Caller& caller) const;
    [[nodiscard]] bool may_read(const Caller& caller, const store::Filter& filter) const;
    void require(const Caller& caller, Right right, bool is_own) const;
    [[nodiscard]] boost::asio::awaitable<std::optional<Json>> find(std::string kind, std::string id);
    [[nodiscard]] boost::asio::awaitable<bool> is_own_record(const Caller& caller, std::string about);
    [[nodiscard]] boost::asio::awaitable<void> record_read(const Caller& caller, const char* what,
                                                           std::string id);
    [[nodiscard]] boost::asio::awaitable<void> record_list(Caller& caller, const char* what,
                                                           std::string question);
    [[nodiscard]] boost::asio::awaitable<Listed<Json>> list(Caller& caller, const char* what,
                                                            store::Filter filter, store::Cut cut);

    live::RulesInForce& rules_;
    store::Store& store_;
    live::Roster& roster_;
    audit::Writer& log_;
    runtime::Pool& pool_;
    std::filesystem::path state_;
};

}  // namespace sallyport::desk
