// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "daemon/relay/gate.h"
#include "daemon/relay/relay.h"
#include "daemon/session/client.h"
#include "daemon/session/files.h"
#include "daemon/session/forwards.h"
#include "daemon/session/live.h"
#include "daemon/session/lobby.h"
#include "daemon/ssh/door.h"
#include "daemon/ssh/tasks.h"
#include "daemon/taps/recorder.h"
#include "policy/authorize.h"

namespace sallyport::session {

/// One use of one target on record: it begins with its start on disk and ends with exactly one end.
class Session : public relay::Gate {
 public:
    /// In the roster, with its start on the way to the record: nothing that it is for is done before
    /// `started`. Throws Error{Code::record} if it cannot be recorded, {limit} if the operator has too many.
    [[nodiscard]] static std::unique_ptr<Session> start(const Live& live, ssh::Wire& wire, Proven who,
                                                        Grant grant, Client client);
    ~Session() override;
    /// Returns when its start is on record; await it before this goes and before the watch begins. An error:
    /// it is not, the recording is gone, and there is no session to finish.
    [[nodiscard]] boost::asio::awaitable<std::optional<Error>> started();

    [[nodiscard]] const Grant& grant() const noexcept { return grant_; }
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// From now until `finish`, watches idle time, the longest duration and keepalives, and may stop `relay`.
    /// It is not idle while the connection `is_busy` with others.
    void begin_watch(relay::Relay& relay, ssh::Leg& door, ssh::Leg& link, IsBusy is_busy);

    /// Writes the end. Call once, after the relay has ended or when the target could not be reached.
    [[nodiscard]] boost::asio::awaitable<void> finish(std::string reason, std::string detail);
    /// The end reason that a stop or a failure brought, before the ends of the legs are asked; empty if none.
    [[nodiscard]] const std::string& stop_reason() const noexcept { return stop_reason_; }
    [[nodiscard]] bool ended_by_signal() const;

    [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> pass(
        relay::Line& line, const ssh::Request& request) override;
    [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> pass_forward(relay::Line& line) override;
    [[nodiscard]] std::unique_ptr<relay::Tap> tap(const relay::Line& line) override;
    void ended(const relay::Line& line, const relay::LineEnd& end, relay::Tap* tap) override;

 private:
    Session(const Live& live, ssh::Wire& wire, Proven who, Grant grant, Client client);
    void stop(std::string reason, std::string words);
    void recheck(const std::shared_ptr<const Rules>& rules);
    [[nodiscard]] boost::asio::awaitable<void> watch(relay::Relay& relay, ssh::Leg& door, ssh::Leg& link,
                                                     IsBusy is_busy);
    void schedule_sync();
    [[nodiscard]] boost::asio::awaitable<void> sync();
    [[nodiscard]] boost::asio::awaitable<void> force_recording();
    void schedule_flood();
    [[nodiscard]] boost::asio::awaitable<void> tell_flood();
    [[nodiscard]] boost::asio::awaitable<void> keep_start();
    [[nodiscard]] Event start_event() const;
    [[nodiscard]] Event channel_start(const relay::Line& line, const ssh::Request& request) const;
    [[nodiscard]] std::variant<Kind, Denial> permitted(const relay::Line& line,
                                                       const ssh::Request& request) const;
    void deny(const std::string& kind, const Denial& denial);
    void count(const relay::LineEnd& end);
    void post_failure(const std::string& cause);

    const Live& live_;
    ssh::Wire& wire_;
    std::shared_ptr<const Rules> rules_;
    Proven who_;
    Grant grant_;
    Client client_;
    std::string id_;
    Forwards forwards_{live_, grant_, who_, client_, id_};
    Files files_{live_, grant_, who_, client_, id_, [this] { schedule_flood(); }};
    SteadyTime began_ = std::chrono::steady_clock::now();
    bool is_on_record_ = false;
    std::optional<Error> unrecorded_;  // why it is not, where that could be kept
    std::unique_ptr<taps::RecordingFile> recording_;
    std::shared_ptr<void> place_in_roster_;
    relay::Relay* relay_ = nullptr;
    struct Open {
        Kind kind = Kind::shell;
        taps::Recorder* recorder = nullptr;  // once it carries something
    };
    std::map<std::string, Open> open_;  // by channel; without forwards
    std::string stop_reason_;
    std::string stop_detail_;
    std::optional<ssh::Exit> first_exit_;
    bool has_first_exit_ = false;
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
    bool is_watching_ = true;
    ssh::Tasks tasks_{wire_};  // coroutines that hold this
    bool is_sync_due_ = false;
    bool is_flood_due_ = false;
};

}  // namespace sallyport::session
