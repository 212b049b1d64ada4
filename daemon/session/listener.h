// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "daemon/runtime/workers.h"
#include "daemon/session/live.h"
#include "daemon/session/unproven.h"
#include "daemon/ssh/host_keys.h"

namespace sallyport::session {

/// The sockets where operators arrive: from the config, or handed over by systemd. Gives each to a worker.
class Listener {
 public:
    /// Binds at once; sockets that systemd hands over take the place of `addresses`. Throws
    /// Error{Code::config} with the address that cannot be bound.
    Listener(const Live& live, runtime::Workers& workers, const ssh::HostKeys& keys,
             const std::vector<std::string>& addresses);
    ~Listener();

    /// Takes nobody any more; who is here stays.
    void stop();
    [[nodiscard]] std::size_t connections() const;

 private:
    void listen_on(const std::vector<std::string>& addresses);
    void listen(const std::string& address, bool has_ipv4_of_its_own);
    bool adopt_from_systemd();
    void begin(std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor);
    [[nodiscard]] boost::asio::awaitable<void> accept(
        std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor);
    void admit(int fd, const boost::asio::ip::tcp::endpoint& from);

    const Live& live_;
    runtime::Workers& workers_;
    std::vector<ssh::BindPtr> binds_;  // one for each worker
    std::atomic<bool> is_stopping_{false};
    std::vector<std::shared_ptr<boost::asio::ip::tcp::acceptor>> acceptors_;
    std::shared_ptr<Unproven> unproven_ = std::make_shared<Unproven>();
    std::shared_ptr<std::atomic<std::size_t>> connections_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace sallyport::session
