// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/console.h"

#include <algorithm>
#include <utility>

namespace sallyport::session {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t max_line = 255;
constexpr std::size_t max_input = 4096;
constexpr auto write_patience = 30s;

std::string for_terminal(const std::string& text) {
    std::string out;
    for (char c : text) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

}  // namespace

// What is typed ahead of an answer belongs to whoever reads after us: on a terminal it stays within the
// window.
std::size_t Console::offer(ssh::Stream stream, std::span<const std::byte> bytes) noexcept {
    if (is_terminal_) return 0;
    const std::size_t count = std::min(bytes.size(), max_input - std::min(max_input, input_.size()));
    take(stream, bytes.first(count));
    return count;
}

void Console::take(ssh::Stream, std::span<const std::byte> bytes) noexcept {
    input_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

boost::asio::awaitable<bool> Console::write(ssh::Stream stream, std::string text) {
    if (is_terminal_) text = for_terminal(text);
    std::string_view rest = text;
    while (!rest.empty() && !channel_.got_close()) {
        const auto deadline = std::chrono::steady_clock::now() + write_patience;
        if (!co_await channel_.leg().wire().until([&] { return channel_.room() > 0 || channel_.got_close(); },
                                                  deadline))
            co_return false;
        rest.remove_prefix(channel_.write(stream, std::as_bytes(std::span(rest))));
    }
    co_return rest.empty();
}

boost::asio::awaitable<std::optional<std::string>> Console::read_line(SteadyTime deadline) {
    std::string line;
    for (;;) {
        const auto has_input = [&] {
            if (input_.empty() && channel_.has_parked()) (void)channel_.read_parked(1);
            return !input_.empty() || channel_.got_eof() || channel_.got_close();
        };
        if (!co_await channel_.leg().wire().until(has_input, deadline) || input_.empty())
            co_return std::nullopt;
        const char c = input_.front();
        input_.erase(0, 1);
        if (c == '\x03' || c == '\x04') co_return std::nullopt;
        if (c == '\r' || c == '\n') {
            co_await write(ssh::Stream::output, is_terminal_ ? "\n" : "");
            co_return line;
        }
        if ((c == '\x7f' || c == '\b') && !line.empty()) {
            line.pop_back();
            co_await write(ssh::Stream::output, "\b \b");
        } else if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f' && line.size() < max_line) {
            line += c;
            if (is_terminal_) co_await write(ssh::Stream::output, std::string(1, c));
        }
    }
}

void Console::finish(int code) {
    ssh::Exit exit;
    exit.code = static_cast<std::uint32_t>(code);
    channel_.send_exit(exit);
    channel_.send_eof();
    channel_.close();
}

}  // namespace sallyport::session
