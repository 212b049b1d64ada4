// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/lobby.h"

#include <charconv>

#include "common/escape.h"
#include "daemon/relay/environment.h"
#include "daemon/session/console.h"

namespace sallyport::session {
namespace {

using ssh::Request;
using namespace std::chrono_literals;
constexpr auto stay = 5min;    // with a list before one's eyes
constexpr auto breath = 30s;   // between two looks at who only waits
constexpr auto hang_up = 10s;  // after the last word
constexpr std::size_t max_listed = 1000;

std::string list_of(const std::string& words, const std::vector<std::string>& hosts) {
    std::string text = "sallyport: " + words + "\n";
    for (std::size_t i = 0; i < hosts.size() && i < max_listed; ++i)
        text += "  " + std::to_string(i + 1) + ") " + escaped(hosts[i]) + "\n";
    return text + "Number or name, empty to leave: ";
}

std::optional<std::string> chosen(const std::string& line, const std::vector<std::string>& hosts) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc() || end != line.data() + line.size()) return line;
    if (number < 1 || number > hosts.size()) return std::nullopt;
    return hosts[number - 1];
}

/// Asks until there is an answer; absent if the operator leaves.
boost::asio::awaitable<std::optional<std::string>> ask(Console& console, const std::string& words,
                                                       const std::vector<std::string>& hosts) {
    const auto deadline = std::chrono::steady_clock::now() + stay;
    co_await console.write(ssh::Stream::output, list_of(words, hosts));
    for (;;) {
        const auto line = co_await console.read_line(deadline);
        if (!line || line->empty()) co_return std::nullopt;
        if (auto answer = chosen(*line, hosts)) co_return answer;
        co_await console.write(ssh::Stream::output,
                               "There is no such number. Number or name, empty to leave: ");
    }
}

/// What is asked for before something starts, and kept for the target that may be chosen: a terminal, and
/// what may become environment.
class Asked {
 public:
    [[nodiscard]] bool is_wanted(const Request& request) const {
        if (request.kind == Request::Kind::pty) return true;
        return request.kind == Request::Kind::env && environment_.size() < relay::max_env &&
               relay::is_env_allowed(request.text);
    }
    /// Keeps what is wanted, of terminals the last one.
    void keep(Request request) {
        request.message.reset();  // answered
        if (request.kind == Request::Kind::pty)
            terminal_ = std::move(request);
        else
            environment_.push_back(std::move(request));
    }
    [[nodiscard]] bool has_terminal() const noexcept { return terminal_.has_value(); }
    [[nodiscard]] std::vector<Request> take() {
        std::vector<Request> out = std::move(environment_);
        if (terminal_) out.insert(out.begin(), std::move(*terminal_));
        return out;
    }

 private:
    std::optional<Request> terminal_;
    std::vector<Request> environment_;
};

/// What the operator chose; absent if there is nothing to choose from, or they leave.
boost::asio::awaitable<std::optional<std::string>> offer(ssh::Channel& channel, bool has_terminal,
                                                         bool has_shell, const std::string& words,
                                                         const std::vector<std::string>& hosts) {
    Console console(channel);
    console.set_terminal(has_terminal);
    std::optional<std::string> answer;
    if (has_terminal && has_shell && !hosts.empty())
        answer = co_await ask(console, words, hosts);
    else
        co_await console.write(ssh::Stream::error, "sallyport: " + words + "\n");
    if (!answer) console.finish(255);
    co_return answer;
}

/// One channel: its requests until one that starts something, which is answered here.
boost::asio::awaitable<std::optional<Choice>> attend(ssh::Door& door, std::unique_ptr<ssh::Channel> channel,
                                                     const std::string& words,
                                                     const std::vector<std::string>& hosts) {
    Asked asked;
    const auto deadline = std::chrono::steady_clock::now() + stay;
    for (;;) {
        const auto is_ready = [&] { return channel->has_request() || channel->got_close(); };
        if (!co_await door.wire().until(is_ready, deadline) || !channel->has_request())
            co_return std::nullopt;
        auto request = channel->next_request();
        const bool is_wanted = asked.is_wanted(*request);
        channel->answer(*request, is_wanted || request->starts());
        if (is_wanted) asked.keep(std::move(*request));
        if (is_wanted || !request->starts()) continue;
        const bool is_shell = request->kind == Request::Kind::shell;
        auto answer = co_await offer(*channel, asked.has_terminal(), is_shell, words, hosts);
        if (answer) co_return Choice{std::move(*answer), {std::move(channel), asked.take()}};
        const auto patience = std::chrono::steady_clock::now() + hang_up;
        co_await door.wire().until([&] { return channel->got_close(); }, patience);
        co_return std::nullopt;
    }
}

}  // namespace

boost::asio::awaitable<bool> has_come(ssh::Door& door, const IsBusy& is_busy) {
    const auto has_ended = [&] { return door.has_channel() || !door.is_alive(); };
    auto deadline = std::chrono::steady_clock::now() + stay;
    while (!co_await door.wire().until(has_ended, std::chrono::steady_clock::now() + breath)) {
        const auto now = std::chrono::steady_clock::now();
        if (is_busy()) deadline = now + stay;
        if (now >= deadline) break;
        door.keep_alive(breath);
    }
    co_return door.is_alive() && door.has_channel();
}

boost::asio::awaitable<std::optional<Choice>> lobby(ssh::Door& door, std::string words,
                                                    std::vector<std::string> hosts, const IsBusy& is_busy) {
    const auto deadline = std::chrono::steady_clock::now() + stay;
    const auto is_over = [&] { return !is_busy() && std::chrono::steady_clock::now() >= deadline; };
    while (!is_over() && co_await has_come(door, is_busy))
        if (auto choice = co_await attend(door, door.take_channel(), words, hosts)) co_return choice;
    co_return std::nullopt;
}

}  // namespace sallyport::session
