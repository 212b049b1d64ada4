// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sallyport::session {

/// Who is connected and not proven yet. At the limit the oldest of the busiest source makes room.
/// Thread-safe.
class Unproven {
 public:
    struct Guest {
        std::string net;  // the address (IPv4), or its /64
        std::shared_ptr<std::atomic<bool>> is_evicted;
        std::function<void()> wake;  // called on any thread when it is evicted
    };
    using Ticket = std::list<Guest>::iterator;

    /// Takes a place; evicts another guest first if `limit` or `limit_per_source` is reached.
    [[nodiscard]] Ticket enter(Guest guest, std::size_t limit, std::size_t limit_per_source);
    void leave(Ticket ticket);
    /// Who waits for bytes that never come learns of its eviction by `wake`.
    void when_evicted(Ticket ticket, std::function<void()> wake);
    [[nodiscard]] std::size_t size() const;

 private:
    void evict_from(const std::string& net);
    void uncount(const Guest& guest);

    mutable std::mutex mutex_;
    std::list<Guest> guests_;  // oldest first; also who is evicted and has not left yet
    std::map<std::string, std::size_t> staying_by_net_;
    std::size_t staying_ = 0;
};

/// One guest's place, until it is dropped: by the proof, or by the end of the connection.
class UnprovenPlace {
 public:
    UnprovenPlace(std::shared_ptr<Unproven> all, std::string net, std::size_t limit,
                  std::size_t limit_per_source);
    ~UnprovenPlace();
    UnprovenPlace(const UnprovenPlace&) = delete;
    UnprovenPlace& operator=(const UnprovenPlace&) = delete;

    [[nodiscard]] bool is_evicted() const { return *is_evicted_; }
    /// `wake` is called once, on any thread, when this is evicted; at once if it already is.
    void when_evicted(std::function<void()> wake) { all_->when_evicted(ticket_, std::move(wake)); }

 private:
    std::shared_ptr<Unproven> all_;
    std::shared_ptr<std::atomic<bool>> is_evicted_ = std::make_shared<std::atomic<bool>>(false);
    Unproven::Ticket ticket_;
};

}  // namespace sallyport::session
