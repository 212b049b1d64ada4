// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/connect.h"

#include <netdb.h>
#include <netinet/tcp.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "common/error.h"
#include "common/escape.h"
#include "daemon/runtime/spawn.h"

namespace sallyport::ssh {
namespace {

using boost::asio::ip::tcp;
using Addresses = std::vector<tcp::endpoint>;

Addresses look_up(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int rc = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (rc != 0) throw Error(Code::unreachable, "look up " + escaped(host) + ": " + gai_strerror(rc));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
    Addresses out;
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        tcp::endpoint endpoint;
        endpoint.resize(at->ai_addrlen);
        std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
        out.push_back(endpoint);
    }
    return out;
}

/// A look-up that may outlive whoever asked: getaddrinfo(3) cannot be called off.
struct LookUp {
    LookUp(boost::asio::any_io_executor executor, SteadyTime deadline) : timer(executor, deadline) {}
    boost::asio::steady_timer timer;
    Addresses found;
    std::optional<Error> failure;
    bool is_done = false;
};

boost::asio::awaitable<void> perform(std::shared_ptr<LookUp> asked, runtime::Pool& pool, std::string host,
                                     std::uint16_t port) {
    try {
        std::function<void()> work = [asked, host, port] { asked->found = look_up(host, port); };
        co_await pool.run(std::move(work));
    } catch (const std::exception& error) {
        asked->failure = to_error(error);
    }
    asked->is_done = true;
    asked->timer.cancel();
}

boost::asio::awaitable<Addresses> addresses_of(boost::asio::any_io_executor executor, runtime::Pool& pool,
                                               std::string host, std::uint16_t port, SteadyTime deadline) {
    boost::system::error_code error;
    const auto numeric = boost::asio::ip::make_address(host, error);
    if (!error) co_return Addresses{tcp::endpoint(numeric, port)};
    const auto asked = std::make_shared<LookUp>(executor, deadline);
    runtime::spawn(executor, perform(asked, pool, host, port), "look up");
    while (!asked->is_done && std::chrono::steady_clock::now() < deadline)
        co_await asked->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (!asked->is_done) throw Error(Code::unreachable, "look up " + escaped(host) + ": no answer in time");
    if (asked->failure) throw *asked->failure;
    co_return asked->found;
}

/// Connects, or gives the reason why not; a timer closes the socket when `deadline` comes.
boost::asio::awaitable<boost::system::error_code> try_one(std::shared_ptr<tcp::socket> socket,
                                                          tcp::endpoint to, SteadyTime deadline) {
    boost::asio::steady_timer timer(socket->get_executor(), deadline);
    timer.async_wait([weak = std::weak_ptr(socket)](boost::system::error_code cancelled) {
        const auto still = weak.lock();
        if (!cancelled && still) still->cancel();
    });
    boost::system::error_code error;
    co_await socket->async_connect(to, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error == boost::asio::error::operation_aborted) error = boost::asio::error::timed_out;
    co_return error;
}

}  // namespace

boost::asio::awaitable<int> connect_tcp(boost::asio::any_io_executor executor, runtime::Pool& pool,
                                        std::string host, std::uint16_t port, SteadyTime deadline) {
    const Addresses addresses = co_await addresses_of(executor, pool, host, port, deadline);
    std::string reasons;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto now = std::chrono::steady_clock::now();
        const auto share =
            (deadline - now) /
            static_cast<long>(addresses.size() - i);  // a dead address leaves time for the next
        const auto socket = std::make_shared<tcp::socket>(executor);
        boost::system::error_code error;
        socket->open(addresses[i].protocol(), error);
        if (!error) error = co_await try_one(socket, addresses[i], now + share);
        if (!error) co_return socket->release();
        reasons +=
            (reasons.empty() ? "" : ", ") + addresses[i].address().to_string() + ": " + error.message();
    }
    throw Error(Code::unreachable, "connect " + escaped(host) + ":" + std::to_string(port) + ": " + reasons);
}

}  // namespace sallyport::ssh
