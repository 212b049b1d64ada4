// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/jumps.h"

#include "daemon/relay/splice.h"
#include "daemon/runtime/log.h"

namespace sallyport::session {
namespace {

constexpr int max_depth = 4;  // each costs a key exchange, and nobody means so many

class Counted {
 public:
    explicit Counted(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }
    ~Counted() { --*count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

 private:
    std::shared_ptr<std::size_t> count_;
};

}  // namespace

bool Jumps::take(ssh::ForwardOpen& open, bool may_carry) {
    if (!open.place.path.empty()) return false;
    const Address place = jump_to(outer_.address.workspace, open.place.host, open.place.port);
    const bool is_target = is_jump(*outer_.live.rules.get(), outer_.who, place);
    if (!is_target && (open.place.port != ssh_port || may_carry)) return false;
    if (outer_.depth >= max_depth ||
        *outer_.behind >= outer_.live.rules.get()->config.limits.sessions_per_operator) {
        outer_.door.refuse(std::move(open), "too many connections are open behind this one");
        return true;
    }
    if (auto channel = outer_.door.accept(std::move(open)))
        tasks_.begin(carry(std::move(channel), place), "jump");
    return true;
}

boost::asio::awaitable<void> Jumps::carry(std::unique_ptr<ssh::Channel> channel, Address place) {
    relay::SocketPair ends = relay::make_socket_pair();
    relay::Splice splice(*channel, std::move(ends.ours));
    tasks_.begin(serve(std::move(ends.theirs), std::move(place)), "connection behind a jump");
    (void)co_await splice.run();
    channel->close();
}

boost::asio::awaitable<void> Jumps::serve(runtime::Descriptor fd, Address place) {
    const Counted counted(outer_.behind);
    const auto wire = std::make_shared<ssh::Wire>(outer_.wire->executor());
    ssh::Door door(wire, fd.release(), outer_.bind, outer_.door.peer(), "");
    const auto grace = outer_.live.rules.get()->config.limits.login_grace;
    if (!co_await door.admit(std::chrono::steady_clock::now() + grace)) {
        log::debug("nothing came of a jump",
                   {{"connection", outer_.client.connection_id}, {"reason", door.reason()}});
        co_return;
    }
    Client client = outer_.client;
    client.jump = Jump{place.host, place.port.value_or(ssh_port), door.version(), door.claim()};
    Address shown = place;
    shown.login = door.typed();
    client.typed = to_text(shown);
    set_login(place, door.typed());
    Visit inner{outer_.live,
                door,
                wire,
                outer_.bind,
                outer_.who,
                std::move(client),
                std::move(place),
                outer_.outermost,
                outer_.depth + 1};
    co_await visit(std::move(inner));
}

}  // namespace sallyport::session
