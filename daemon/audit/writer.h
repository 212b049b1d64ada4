// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "common/error.h"
#include "common/node_key.h"
#include "daemon/audit/failed_logins.h"
#include "daemon/audit/ledger.h"
#include "daemon/audit/log.h"
#include "daemon/audit/reserve.h"
#include "daemon/audit/sinks.h"
#include "daemon/runtime/metrics.h"
#include "daemon/store/store.h"

namespace sallyport::audit {

/// The one writer of the chain: a thread that takes what is queued, numbers it, and commits it in one
/// transaction.
class Writer : public Log {
 public:
    struct Options {
        std::string node;
        std::string state;  // the folder of the store: for the reserve and the free space
        std::string min_free = "5%";
        std::string libssh;   // its version, for `node.start`
        std::string version;  // ours
        /// Called from the writer's thread when the store begins to fail; empty: nobody asks.
        std::function<void()> began_to_fail = {};
    };

    /// Writes `chain.start` into a new store, `node.start`, and `ends` that a crash left out, before it
    /// returns. Throws Error{Code::record} if they cannot be kept. All references outlive this.
    Writer(store::Store& store, NodeKey key, Options options, std::vector<std::unique_ptr<Sink>> sinks,
           std::vector<Event> ends, runtime::Metrics& metrics, runtime::Health& health);
    /// Writes what is queued, `node.stop` and a last checkpoint.
    ~Writer() override;

    [[nodiscard]] boost::asio::awaitable<Committed> commit(Event event) override;
    void post(Event event) override;
    void auth_failed(std::string kind, std::string source_address, std::string name) override;
    [[nodiscard]] bool is_healthy() const noexcept override { return is_healthy_ && has_space_; }

    /// Signs the head now and waits for it, so that what follows it in an export is short.
    [[nodiscard]] boost::asio::awaitable<void> checkpoint();

 private:
    using Result = Ledger::Result;
    struct Item {
        std::optional<Event> event;          // absent: a checkpoint is asked for
        std::function<void(Result)> answer;  // empty: nobody waits, so it is tried until it is kept
    };

    void run();
    void tick();
    std::vector<Item> next_batch();
    void write(std::vector<Item> batch);
    bool keep(std::vector<Item>& batch, std::vector<Result>& results);
    [[nodiscard]] std::vector<Result> append(const std::vector<const Event*>& events);
    [[nodiscard]] std::vector<Result> append_with_reserve(const std::vector<const Event*>& events);
    void refuse_the_rest();
    void append_checkpoint();
    Result try_checkpoint();
    void failed(std::vector<Item>& batch, const Error& error);
    void recovered();
    void beat();
    void look_at_space();
    void enqueue(Item item);
    [[nodiscard]] bool is_checkpoint_due() const;

    store::Store& store_;
    Ledger ledger_;
    Options options_;
    std::vector<std::unique_ptr<Sink>> sinks_;
    runtime::Metrics& metrics_;
    runtime::Health& health_;
    Reserve reserve_;
    FreeSpace space_;

    // The writer thread's own.
    SteadyTime last_checkpoint_{};
    SteadyTime last_beat_{};
    std::deque<Item> again_;  // posted events that could not be kept yet
    std::string failure_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Item> queue_;
    FailedLogins failed_logins_;
    std::atomic<bool> is_stopping_{false};

    std::atomic<bool> is_healthy_{true};
    std::atomic<bool> has_space_{true};
    std::atomic<std::size_t> waiting_{0};
    std::thread thread_;
};

}  // namespace sallyport::audit
