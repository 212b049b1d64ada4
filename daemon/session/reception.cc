// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/reception.h"

#include <list>

#include "common/escape.h"
#include "daemon/session/api_channel.h"
#include "daemon/session/console.h"
#include "daemon/ssh/tasks.h"
#include "policy/authorize.h"

namespace sallyport::session {
namespace {

using ssh::Request;
using namespace std::chrono_literals;
constexpr auto patience = 30s;

std::string help_text() {
    return "This is Sallyport, an SSH bastion. Sessions through it are recorded.\n"
           "\n"
           "  ssh HOST@BASTION               go to a host of the inventory\n"
           "  ssh LOGIN@HOST@BASTION         the same with a login of your choice\n"
           "  ssh WORKSPACE+HOST@BASTION     where two workspaces have the same host\n"
           "\n"
           "  ssh sallyport@BASTION help     this text\n"
           "  ssh sallyport@BASTION whoami   who you are here\n"
           "  ssh sallyport@BASTION hosts    where you may go\n"
           "  ssh sallyport@BASTION keys     the bastion's host keys\n";
}

std::string whoami_text(const Rules& rules, const Proven& who) {
    std::string text = "operator:    " + escaped(who.operator_name()) + "\n";
    text += "groups:      ";
    for (const std::string& group : who.groups()) text += escaped(group) + " ";
    text += "\nkey:         " + escaped(who.key_fingerprint()) + "\n";
    text += "from:        " + escaped(who.source()) + "\n";
    return text + "desk role:   " + name_of(desk_role(rules, who)) + "\n";
}

std::string hosts_text(const Rules& rules, const Proven& who) {
    std::string text;
    for (const Reachable& host : hosts_for(rules, who)) text += escaped(host.typed) + "\n";
    return text.empty() ? "No host is open to you. Ask whoever keeps the policy.\n" : text;
}

struct Answer {
    int code = 0;
    std::string text;
};

Answer answer_to(const Rules& rules, const std::string& host_keys, const Proven& who,
                 const Request& request) {
    if (request.kind == Request::Kind::shell || request.text == "help") return {0, help_text()};
    if (request.kind == Request::Kind::subsystem)
        return {255, "this bastion has no subsystem of that name here\n"};
    if (request.text == "whoami") return {0, whoami_text(rules, who)};
    if (request.text == "keys") return {0, host_keys};
    if (request.text == "hosts") return {0, hosts_text(rules, who)};
    return {2,
            "sallyport: no such command: " + escaped(request.text) + " (try: help, whoami, hosts, keys)\n"};
}

boost::asio::awaitable<void> attend(const Live& live, ssh::Door& door, const Proven& who,
                                    std::shared_ptr<ssh::Channel> channel) {
    bool has_terminal = false;
    for (;;) {
        co_await door.wire().until([&] { return channel->has_request() || channel->got_close(); });
        const auto request = channel->next_request();
        if (!request) co_return;
        const bool is_pty = request->kind == Request::Kind::pty;
        has_terminal = has_terminal || is_pty;
        channel->answer(*request, is_pty || request->starts());
        if (!request->starts()) continue;
        if (request->kind == Request::Kind::subsystem && request->text == "api" && !who.lent()) {
            co_await carry_api(live, desk::Caller(who), *channel);
            break;
        }
        Console console(*channel);
        const Answer answer = answer_to(*live.rules.get(), live.host_keys, who, *request);
        console.set_terminal(has_terminal);
        co_await console.write(answer.code == 0 ? ssh::Stream::output : ssh::Stream::error, answer.text);
        console.finish(answer.code);
        break;
    }
    co_await door.wire().until([&] { return channel->got_close(); },
                               std::chrono::steady_clock::now() + patience);
}

/// Until when a connection to the bastion itself may stay: as a session, by idle time and in all.
class Stay {
 public:
    explicit Stay(const Timeouts& times) : times_(times) {}
    void touch() { last_ = std::chrono::steady_clock::now(); }
    [[nodiscard]] bool is_over() const {
        const auto now = std::chrono::steady_clock::now();
        return now >= last_ + times_.idle || now >= begun_ + times_.max;
    }
    [[nodiscard]] SteadyTime next_look() const { return std::chrono::steady_clock::now() + times_.keepalive; }

 private:
    Timeouts times_;
    SteadyTime begun_ = std::chrono::steady_clock::now();
    SteadyTime last_ = begun_;
};

}  // namespace

boost::asio::awaitable<void> reception(const Live& live, ssh::Door& door, const Proven& who,
                                       const IsBusy& is_busy) {
    const Timeouts times = live.rules.get()->config.timeouts;
    Stay stay(times);
    ssh::Tasks tasks(door.wire());
    while (door.is_alive() && !stay.is_over()) {
        const auto is_due = [&] { return door.has_channel() || !door.is_alive(); };
        if (!co_await door.wire().until(is_due, stay.next_look())) door.keep_alive(times.keepalive);
        if (!tasks.is_empty() || is_busy()) stay.touch();
        if (std::shared_ptr<ssh::Channel> channel = door.take_channel())
            tasks.begin(attend(live, door, who, std::move(channel)), "reception");
    }
    door.disconnect();  // whoever is still on a channel leaves with it
    co_await tasks.finish();
}

}  // namespace sallyport::session
