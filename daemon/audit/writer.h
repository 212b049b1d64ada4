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
        std::string recordings = {};  // their folder: whether it can be written; empty: nobody asks
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

    /// Signs the head now and waits for it. The number of the checkpoint, where a signed export ends.
    [[nodiscard]] boost::asio::awaitable<std::uint64_t> checkpoint();
    /// The number of the last event on disk; from any thread.
    [[nodiscard]] std::uint64_t last_seq() const noexcept { return last_seq_; }
    /// `recording.min_free` as a reload has it; from any thread.
    void set_min_free(const std::string& min_free);

 private:
    using Result = Ledger::Result;
    struct Item {
        std::optional<Event> event;          // absent: a checkpoint is asked for
        std::function<void(Result)> answer;  // empty: nobody waits, so it is tried until it is kept
        std::size_t held = 0;                // of the bound for what may be lost
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
    void look_at_recordings();
    void enqueue(Item item);
    [[nodiscard]] bool has_place(const Item& item) const;
    void lose(const Item& item);
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
    SteadyTime last_probe_{};
    bool is_recordings_folder_well_ = true;
    bool is_drained_ = false;  // all that came before the stop was taken
    std::deque<Item> again_;   // posted events that could not be kept yet
    std::string failure_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Item> queue_;
    std::size_t asked_ = 0;   // how many in it wait for an answer
    std::size_t held_ = 0;    // bytes of what is not kept yet and may be lost
    std::uint64_t lost_ = 0;  // since the last event that told of it
    FailedLogins failed_logins_;
    std::atomic<bool> is_stopping_{false};

    std::atomic<bool> is_healthy_{true};
    std::atomic<bool> has_space_{true};
    std::atomic<std::uint64_t> last_seq_{0};
    std::atomic<std::size_t> waiting_{0};
    std::thread thread_;
};

}  // namespace sallyport::audit
