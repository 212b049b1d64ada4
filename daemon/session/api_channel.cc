// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/api_channel.h"

#include "daemon/api/routes.h"
#include "daemon/relay/splice.h"
#include "daemon/runtime/spawn.h"
#include "daemon/session/console.h"

namespace sallyport::session {

boost::asio::awaitable<void> carry_api(desk::Desk& desk, desk::Caller caller, ssh::Channel& channel) {
    const auto& executor = channel.leg().wire().executor();
    relay::SocketPair ends = relay::make_socket_pair();
    relay::Splice splice(channel, std::move(ends.ours));
    auto routes = api::routes_for(desk, std::move(caller));
    runtime::spawn(executor, api::serve_http(executor, ends.theirs.release(), std::move(routes)), "api");
    const bool is_whole = co_await splice.run();
    Console(channel).finish(is_whole ? 0 : 1);
}

}  // namespace sallyport::session
