// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/local.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <sstream>

#include "common/error.h"
#include "common/event.h"
#include "config/endpoint.h"
#include "daemon/api/http.h"
#include "daemon/runtime/clock_sync.h"
#include "daemon/runtime/log.h"
#include "daemon/runtime/spawn.h"

namespace sallyport::api {
namespace {

using boost::asio::ip::tcp;
constexpr std::size_t max_served = 32;  // at once: then the oldest goes, so that nobody can keep others out
constexpr auto patience = std::chrono::seconds(10);
constexpr auto breath = std::chrono::milliseconds(200);

std::string health_body(const std::map<std::string, std::string>& troubles) {
    Json body = {{"status", troubles.empty() ? "ok" : "degraded"}, {"troubles", Json::object()}};
    body["clock"] = to_text(runtime::clock_sync());
    for (const auto& [part, cause] : troubles) body["troubles"][part] = cause;
    return body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

struct LocalHttp::Parts : std::enable_shared_from_this<LocalHttp::Parts> {
    Parts(boost::asio::any_io_executor executor, const runtime::Metrics& m, const runtime::Health& h)
        : acceptor(executor), metrics(m), health(h) {}

    boost::asio::awaitable<void> answer(const Request& request, Answer& out) const {
        const auto troubles = health.troubles();
        if (request.method == "GET" && request.path == "/healthz")
            co_return co_await out.send(troubles.empty() ? 200 : 503, "application/json",
                                        health_body(troubles));
        if (request.method == "GET" && request.path == "/metrics")
            co_return co_await out.send(200, "text/plain; version=0.0.4", metrics.text());
        co_await out.send(404, "text/plain", "nothing here\n");
    }

    void end_oldest() {
        ::shutdown(served.front(), SHUT_RDWR);
        served.splice(served.end(), served, served.begin());  // it leaves when its coroutine sees that
    }

    /// Holds a duplicate of the socket, by which it can be ended from outside.
    static boost::asio::awaitable<void> serve(std::shared_ptr<Parts> self, tcp::socket socket) {
        const auto place = self->served.insert(self->served.end(), ::dup(socket.native_handle()));
        auto leave = [self, place](void*) {
            ::close(*place);
            self->served.erase(place);
        };
        const std::unique_ptr<void, decltype(leave)> guard(self.get(), leave);
        Handler handler = [self](const Request& request, Answer& out) { return self->answer(request, out); };
        auto task = serve_http(self->acceptor.get_executor(), socket.release(), std::move(handler), patience);
        co_await std::move(task);
    }

    static boost::asio::awaitable<void> accept(std::shared_ptr<Parts> self) {
        boost::asio::steady_timer timer(self->acceptor.get_executor());
        while (self->acceptor.is_open()) {
            boost::system::error_code error;
            auto socket = co_await self->acceptor.async_accept(
                boost::asio::redirect_error(boost::asio::use_awaitable, error));
            if (error) {  // no descriptor is left, say: not again at once
                timer.expires_after(breath);
                co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
                continue;
            }
            if (self->served.size() >= max_served) self->end_oldest();
            runtime::spawn(self->acceptor.get_executor(), serve(self, std::move(socket)), "local http");
        }
    }

    tcp::acceptor acceptor;
    const runtime::Metrics& metrics;
    const runtime::Health& health;
    std::list<int> served;  // oldest first
};

LocalHttp::LocalHttp(boost::asio::any_io_executor executor, const std::string& address,
                     const runtime::Metrics& metrics, const runtime::Health& health)
    : parts_(std::make_shared<Parts>(executor, metrics, health)) {
    const auto endpoint = parse_endpoint(address);
    boost::system::error_code error;
    const auto ip = boost::asio::ip::make_address(endpoint ? endpoint->host : "", error);
    if (!endpoint || error || !ip.is_loopback())
        throw Error(Code::config, "http: " + address + " is no loopback ADDRESS:PORT");
    try {
        const tcp::endpoint at(ip, endpoint->port);
        parts_->acceptor.open(at.protocol());
        parts_->acceptor.set_option(tcp::acceptor::reuse_address(true));
        parts_->acceptor.bind(at);
        parts_->acceptor.listen(16);
    } catch (const std::exception& cause) {
        throw Error(Code::config, "http: listen on " + address + ": " + cause.what());
    }
    std::ostringstream at;
    at << parts_->acceptor.local_endpoint();
    log::info("health and metrics", {{"address", at.str()}});
    runtime::spawn(executor, Parts::accept(parts_), "local http");
}

LocalHttp::~LocalHttp() {
    boost::asio::post(parts_->acceptor.get_executor(), [parts = parts_] {
        boost::system::error_code ignored;
        parts->acceptor.close(ignored);
    });
}

}  // namespace sallyport::api
