// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/secret.h"
#include "daemon/runtime/pool.h"
#include "daemon/ssh/channel.h"
#include "daemon/ssh/forward_open.h"
#include "daemon/ssh/host_keys.h"
#include "daemon/ssh/leg.h"
#include "policy/authorize.h"

namespace sallyport::ssh {

/// The target's side: a connection that we opened, as a grant says.
class Link : public Leg {
 public:
    /// Connects to the grant's target: every address of its name in turn, then key exchange, until
    /// `deadline`; again after a pause where it hangs up at once. `known_types` are the types of host keys
    /// that are known for it, which are asked for first. Throws Error{Code::unreachable}, with the last
    /// reason.
    [[nodiscard]] static boost::asio::awaitable<std::unique_ptr<Link>> connect(
        std::shared_ptr<Wire> wire, runtime::Pool& pool, const Grant& grant,
        std::vector<std::string> known_types, SteadyTime deadline);

    Link(std::shared_ptr<Wire> wire, int fd, const std::vector<std::string>& known_types);
    ~Link() override;

    [[nodiscard]] std::string version() const override;

    /// The host key that the target has proven to hold.
    [[nodiscard]] HostKeyFacts host_key() const;

    /// Logs in as the grant says with the private key in `pem`. Throws Error{Code::target_auth},
    /// {unreachable}.
    [[nodiscard]] boost::asio::awaitable<void> login(const Grant& grant, const Secret& pem,
                                                     SteadyTime deadline);

    /// How long something may be waited for, and whether it has become pointless before.
    struct Patience {
        SteadyTime deadline;
        std::function<bool()> is_lost;
    };

    /// Opens a session channel. Throws Error{Code::unreachable} with the target's words, escaped and at most
    /// 512 bytes of them, or when patience ends.
    [[nodiscard]] boost::asio::awaitable<std::unique_ptr<Channel>> open_session(Patience patience);

    /// Has the target connect to a port or a socket for us. Throws as `open_session`, with
    /// the target's reason in `open`, which outlives the await.
    [[nodiscard]] boost::asio::awaitable<std::unique_ptr<Channel>> open_forward(ForwardOpen& open,
                                                                                Patience patience);

    /// Asks the target what the operator asked; true if it agreed. One at a time for a channel. Throws
    /// Error{Code::unreachable} when patience ends: the channel then takes no other request.
    [[nodiscard]] boost::asio::awaitable<bool> request(Channel& channel, const Request& request,
                                                       Patience patience);

 private:
    void step() override;
    void take(ssh_message message);
    [[nodiscard]] bool has_said_version() const;
    /// `reason` becomes the target's if it refuses.
    [[nodiscard]] boost::asio::awaitable<std::unique_ptr<Channel>> open(std::function<int(ssh_channel)> call,
                                                                        std::uint32_t& reason,
                                                                        Patience patience);
    [[nodiscard]] boost::asio::awaitable<void> exchange_keys(SteadyTime deadline);
    /// Exchanges keys; true if the target hung up before it said its version, as sshd does beyond
    /// MaxStartups: nothing has happened yet that a second try would repeat.
    [[nodiscard]] boost::asio::awaitable<bool> turns_us_away(SteadyTime deadline);
    /// Repeats a libssh call in every turn until it is done; its last answer. Throws Error{unreachable} when
    /// patience ends.
    [[nodiscard]] boost::asio::awaitable<int> repeat(std::function<int()> call, int again, Patience patience,
                                                     std::string what);
};

}  // namespace sallyport::ssh
