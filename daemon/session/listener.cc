// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/listener.h"

#include <netinet/tcp.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <sstream>

#include "common/error.h"
#include "config/endpoint.h"
#include "daemon/runtime/log.h"
#include "daemon/runtime/spawn.h"
#include "daemon/session/connection.h"

namespace sallyport::session {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;
constexpr auto breath = 200ms;  // when there are no descriptors left

tcp::endpoint endpoint_of(const std::string& text) {
    const auto at = parse_endpoint(text);
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(at && !at->host.empty() ? at->host : "::", error);
    if (!at || error)
        throw Error(Code::config,
                    "listen: " + text + " is no ADDRESS:PORT such as 192.0.2.1:2222 or [::]:2222");
    return {address, at->port};
}

boost::asio::ip::address plain(const boost::asio::ip::address& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
}

std::string net_of(const boost::asio::ip::address& address) {
    if (address.is_v4()) return address.to_string();
    auto bytes = address.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), 0);
    return boost::asio::ip::make_address_v6(bytes).to_string() + "/64";
}

// A dead peer is noticed by the kernel: unacknowledged data ends the connection (RFC 5482), probes bring such
// data.
void watch_peer(int fd, std::chrono::seconds keepalive) {
    const unsigned patience = static_cast<unsigned>(std::chrono::milliseconds(keepalive * 3).count());
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
}

/// A connection with its counts: they are right whatever way it ends.
boost::asio::awaitable<void> serve_counted(const Live& live, runtime::Worker& worker, Arrival arrival,
                                           std::string net, std::shared_ptr<Unproven> unproven,
                                           std::shared_ptr<std::atomic<std::size_t>> connections) {
    struct Counted {
        runtime::Worker& worker;
        std::shared_ptr<std::atomic<std::size_t>> connections;
        ~Counted() {
            --worker.connections;
            --*connections;
        }
    };
    const Counted counted{worker, connections};
    const Limits limits = live.rules.get()->config.limits;
    arrival.place = std::make_shared<UnprovenPlace>(unproven, net, limits.unauthenticated,
                                                    limits.unauthenticated_per_source);
    auto task = serve(live, worker.io.get_executor(), std::move(arrival));
    co_await std::move(task);
}

}  // namespace

Listener::Listener(const Live& live, runtime::Workers& workers, const ssh::HostKeys& keys,
                   const std::vector<std::string>& addresses)
    : live_(live), workers_(workers) {
    const auto macs = live.rules.get()->config.plain_macs ? ssh::Macs::plain_too : ssh::Macs::etm;
    for (std::size_t i = 0; i < workers.size(); ++i) binds_.push_back(keys.make_bind(macs));
    if (!adopt_from_systemd()) listen_on(addresses);
    for (const auto& acceptor : acceptors_) begin(acceptor);
    live.metrics.gauge("sallyport_connections", "Connections that are open, proven or not.",
                       [count = connections_] { return static_cast<double>(count->load()); });
    live.metrics.gauge("sallyport_unproven_connections", "Connections where nobody is proven yet.",
                       [unproven = unproven_] { return static_cast<double>(unproven->size()); });
}

Listener::~Listener() {
    stop();
}

std::size_t Listener::connections() const {
    return *connections_;
}

bool Listener::adopt_from_systemd() {
    const int count = sd_listen_fds(1);
    if (count < 0) throw Error(Code::config, "take the sockets that systemd hands over: " + os_error(-count));
    for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; ++fd) {
        if (sd_is_socket_inet(fd, AF_UNSPEC, SOCK_STREAM, 1, 0) <= 0)
            throw Error(
                Code::config,
                "systemd handed over a descriptor that is no listening TCP socket: the socket unit needs "
                "ListenStream=PORT or ADDRESS:PORT, without Accept=yes");
        const bool is_six = sd_is_socket_inet(fd, AF_INET6, SOCK_STREAM, 1, 0) > 0;
        acceptors_.push_back(
            std::make_shared<tcp::acceptor>(workers_.at(0).io, is_six ? tcp::v6() : tcp::v4(), fd));
    }
    return count > 0;
}

void Listener::listen_on(const std::vector<std::string>& addresses) {
    std::set<std::uint16_t> of_ipv4;
    for (const std::string& address : addresses)
        if (const tcp::endpoint at = endpoint_of(address); at.address().is_v4()) of_ipv4.insert(at.port());
    for (const std::string& address : addresses)
        listen(address, of_ipv4.contains(endpoint_of(address).port()));
}

void Listener::listen(const std::string& address, bool has_ipv4_of_its_own) {
    const tcp::endpoint at = endpoint_of(address);
    auto acceptor = std::make_shared<tcp::acceptor>(workers_.at(0).io);
    try {
        acceptor->open(at.protocol());
        acceptor->set_option(tcp::acceptor::reuse_address(true));
        // [::] is IPv4 too, whatever net.ipv6.bindv6only says, unless 0.0.0.0 stands beside it.
        if (at.address().is_v6()) acceptor->set_option(boost::asio::ip::v6_only(has_ipv4_of_its_own));
        acceptor->bind(at);
        acceptor->listen(1024);
    } catch (const boost::system::system_error& error) {
        throw Error(Code::config, "listen on " + address + ": " + error.code().message());
    }
    acceptors_.push_back(std::move(acceptor));
}

void Listener::begin(std::shared_ptr<tcp::acceptor> acceptor) {
    std::ostringstream at;
    at << acceptor->local_endpoint();
    log::info("listening", {{"address", at.str()}});
    runtime::spawn(workers_.at(0).io.get_executor(), accept(std::move(acceptor)), "accept");
}

void Listener::stop() {
    if (is_stopping_.exchange(true)) return;
    boost::asio::post(workers_.at(0).io, [acceptors = acceptors_] {
        boost::system::error_code ignored;
        for (const auto& acceptor : acceptors) acceptor->close(ignored);
    });
}

boost::asio::awaitable<void> Listener::accept(std::shared_ptr<tcp::acceptor> acceptor) {
    while (acceptor->is_open()) {
        boost::system::error_code error;
        tcp::endpoint from;
        tcp::socket socket = co_await acceptor->async_accept(
            from, boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (!error) {
            admit(socket.release(), from);
            continue;
        }
        if (!acceptor->is_open()) break;
        log::warn("a connection could not be accepted", {{"cause", error.message()}});
        boost::asio::steady_timer timer(acceptor->get_executor(), breath);
        co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
}

void Listener::admit(int fd, const tcp::endpoint& from) {
    runtime::Descriptor socket(fd);
    const auto rules = live_.rules.get();
    if (*connections_ >= rules->config.limits.connections) {
        constexpr std::string_view full = "The bastion is full; try again in a moment.\r\n";
        (void)::send(fd, full.data(), full.size(),
                     MSG_DONTWAIT | MSG_NOSIGNAL);  // a line before the version: RFC 4253 §4.2
        ++live_.metrics.counter("sallyport_connections_refused_total",
                                "Connections that found the bastion full.");
        return;
    }
    watch_peer(fd, rules->config.timeouts.keepalive);
    runtime::Worker& worker = workers_.least_busy();
    ++worker.connections;
    ++*connections_;
    const auto address = plain(from.address());
    Arrival arrival{std::move(socket), {address.to_string(), from.port()}, binds_[worker.index].get(), {}};
    auto task = serve_counted(live_, worker, std::move(arrival), net_of(address), unproven_, connections_);
    runtime::spawn(worker.io.get_executor(), std::move(task), "connection");
}

}  // namespace sallyport::session
