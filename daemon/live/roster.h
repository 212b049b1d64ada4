// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "policy/rules.h"

namespace sallyport::live {

/// Why somebody other than its two ends ends a session; the names of DESIGN's end reasons.
enum class StopReason { terminated, policy_change, record_failure, shutdown };

/// What is known of a live session, for lists.
struct LiveSession {
    std::string session_id;
    std::string connection_id;
    std::string user;
    std::string workspace;
    std::string host;
    std::string login;
    std::string client_address;
    std::string started_at;  // RFC 3339
};

/// What a session lets others do to it; called on its own thread.
struct Handles {
    std::function<void(StopReason, std::string by)> stop;
    std::function<void(const std::shared_ptr<const Rules>&)> recheck;
};

/// The live sessions. Holds the only lock that sessions share; calls are posted to each session's own thread.
class Roster {
 public:
    /// Registers a session until the token is dropped; absent if `user` has `limit` sessions already.
    [[nodiscard]] std::shared_ptr<void> enter(LiveSession session, boost::asio::any_io_executor executor,
                                              Handles handles, std::size_t limit);

    [[nodiscard]] std::vector<LiveSession> list() const;
    [[nodiscard]] std::optional<LiveSession> find(const std::string& session_id) const;
    [[nodiscard]] std::size_t size() const;

    /// Asks a session to end; false if there is none with that id.
    bool stop(const std::string& session_id, StopReason reason, const std::string& by);
    void stop_all(StopReason reason, const std::string& by);
    /// Has every session look whether the new rules still grant what it uses.
    void recheck_all(const std::shared_ptr<const Rules>& rules);

 private:
    struct Entry {
        LiveSession session;
        boost::asio::any_io_executor executor;
        std::shared_ptr<Handles> handles;
    };
    void leave(const std::string& session_id);

    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

}  // namespace sallyport::live
