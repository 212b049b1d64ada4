// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/api_channel.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <functional>
#include <memory>

#include "common/error.h"
#include "daemon/api/routes.h"
#include "daemon/runtime/spawn.h"

namespace sallyport::session {
namespace {

using Socket = boost::asio::local::stream_protocol::socket;

/// What the operator sends goes to the API, until EOF.
boost::asio::awaitable<void> forward(Console& console, std::shared_ptr<Socket> socket,
                                     std::shared_ptr<bool> is_done) {
    boost::system::error_code error;
    while (!error) {
        const std::string bytes = co_await console.read_some();
        if (bytes.empty()) break;
        co_await boost::asio::async_write(*socket, boost::asio::buffer(bytes),
                                          boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    socket->shutdown(Socket::shutdown_send, error);
    *is_done = true;
}

}  // namespace

boost::asio::awaitable<void> carry_api(desk::Desk& desk, desk::Caller caller, Console& console,
                                       boost::asio::any_io_executor executor) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw Error(Code::io, "make a socket pair: " + os_error(errno));
    const auto socket = std::make_shared<Socket>(executor, boost::asio::local::stream_protocol(), ends[0]);
    runtime::spawn(executor, api::serve_http(executor, ends[1], api::routes_for(desk, std::move(caller))),
                   "api");
    const auto is_forwarded = std::make_shared<bool>(false);
    runtime::spawn(executor, forward(console, socket, is_forwarded), "api input");
    std::string chunk(16 * 1024, '\0');
    bool is_whole = true;
    while (is_whole) {
        boost::system::error_code error;
        const std::size_t count = co_await socket->async_read_some(
            boost::asio::buffer(chunk), boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (error) break;
        // Bytes that were not taken leave a hole, so nothing may follow them.
        is_whole = co_await console.write(ssh::Stream::output, chunk.substr(0, count));
    }
    boost::system::error_code ignored;
    socket->close(ignored);
    console.finish(is_whole ? 0 : 1);
    // Named first: g++ 12 destroys a capturing lambda within a co_await expression twice.
    std::function<bool()> has_ended = [is_forwarded] { return *is_forwarded; };
    co_await console.until(std::move(has_ended));
}

}  // namespace sallyport::session
