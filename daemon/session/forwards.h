// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/relay/gate.h"
#include "daemon/session/client.h"
#include "daemon/session/live.h"
#include "policy/authorize.h"

namespace sallyport::session {

/// The forwards of one session on record: each is opened when policy permits its place, and closed once. What
/// they carry is counted, not recorded.
class Forwards {
 public:
    /// All outlive this.
    Forwards(const Live& live, const Grant& grant, const Proven& who, const Client& client,
             const std::string& session_id)
        : live_(live), grant_(grant), who_(who), client_(client), session_id_(session_id) {}

    /// As relay::Gate's members of these names.
    [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> pass(relay::Line& line);
    [[nodiscard]] std::unique_ptr<relay::Tap> tap(const relay::Line& line);
    void ended(const relay::Line& line, const relay::LineEnd& end);

    /// Whether the rules still permit every forward that is open.
    [[nodiscard]] bool are_permitted(const Rules& rules) const;

 private:
    struct Open {
        ForwardPlace place;
        bool may_carry_ssh = false;
    };

    void deny(const ForwardPlace& place, const Denial& denial);
    [[nodiscard]] Event event(const char* type, const std::string& channel_id) const;

    const Live& live_;
    const Grant& grant_;
    const Proven& who_;
    const Client& client_;
    const std::string& session_id_;
    std::map<std::string, Open> open_;  // by channel
    int denials_ = 0;
};

}  // namespace sallyport::session
