// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/ssh/channel.h"

namespace sallyport::session {

/// A channel that the bastion itself answers on: words out, lines in. Its bounds are small.
class Console : private ssh::DataSink {
 public:
    explicit Console(ssh::Channel& channel) : channel_(channel) { channel_.set_sink(this); }
    ~Console() override { channel_.set_sink(nullptr); }

    void set_terminal(bool is_terminal) { is_terminal_ = is_terminal; }
    [[nodiscard]] bool is_terminal() const noexcept { return is_terminal_; }

    /// Writes all of `text`, waiting for the window; false if it gave up because the operator is gone or took
    /// nothing for 30 s.
    [[nodiscard]] boost::asio::awaitable<bool> write(ssh::Stream stream, std::string text);
    /// Reads a line of at most 255 bytes, with echo and backspace on a terminal. Absent at EOF, Ctrl-C or
    /// Ctrl-D.
    [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> read_line(SteadyTime deadline);
    /// Says how it ended and closes.
    void finish(int code);

 private:
    std::size_t offer(ssh::Stream stream, std::span<const std::byte> bytes) noexcept override;
    void take(ssh::Stream stream, std::span<const std::byte> bytes) noexcept override;

    ssh::Channel& channel_;
    std::string input_;
    bool is_terminal_ = false;
};

}  // namespace sallyport::session
