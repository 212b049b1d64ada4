// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/api_channel.h"

#include "daemon/api/routes.h"
#include "daemon/relay/splice.h"
#include "daemon/runtime/spawn.h"
#include "daemon/session/console.h"

namespace sallyport::session {
namespace {

constexpr std::chrono::seconds patience(60);
constexpr std::size_t max_body = 3 * 1024 * 1024;  // the log of a run, and what JSON adds to it

}  // namespace

boost::asio::awaitable<void> carry_api(const Live& live, desk::Caller caller, ssh::Channel& channel) {
    const auto& executor = channel.leg().wire().executor();
    relay::SocketPair ends = relay::make_socket_pair();
    relay::Splice splice(channel, std::move(ends.ours));
    auto routes = api::routes_for({live.desk, live.reports, live.run_reports}, std::move(caller));
    auto serving = api::serve_http(executor, ends.theirs.release(), std::move(routes), patience, max_body);
    runtime::spawn(executor, std::move(serving), "api");
    const bool is_whole = co_await splice.run();
    Console(channel).finish(is_whole ? 0 : 1);
}

}  // namespace sallyport::session
