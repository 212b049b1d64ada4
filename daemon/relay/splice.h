// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "daemon/runtime/descriptor.h"
#include "daemon/ssh/channel.h"

namespace sallyport::relay {

/// The two connected ends of a stream inside this process.
struct SocketPair {
    runtime::Descriptor ours;
    runtime::Descriptor theirs;
};
/// Throws Error{Code::io} where there are no descriptors left.
[[nodiscard]] SocketPair make_socket_pair();

/// Carries the bytes of one channel to and from a stream socket: where an SSH connection or the API runs
/// inside a channel. What cannot be passed on waits in the channel's window or in the socket.
class Splice : private ssh::DataSink {
 public:
    /// Takes `fd`, a connected stream socket. `channel` outlives this.
    Splice(ssh::Channel& channel, runtime::Descriptor fd);
    ~Splice() override;
    Splice(const Splice&) = delete;
    Splice& operator=(const Splice&) = delete;

    /// Runs until the socket's far end has closed and all it said is written, or the channel has gone; the
    /// socket is closed then, the channel is the caller's to end. False if some of it was not written.
    [[nodiscard]] boost::asio::awaitable<bool> run();

 private:
    using Socket = boost::asio::local::stream_protocol::socket;

    std::size_t offer(ssh::Stream stream, std::span<const std::byte> bytes) noexcept override;
    void take(ssh::Stream stream, std::span<const std::byte> bytes) noexcept override;
    std::size_t send(std::span<const std::byte> bytes) noexcept;
    [[nodiscard]] bool step();
    bool to_socket();
    bool to_channel();
    void wake_when(Socket::wait_type kind, bool Splice::*flag);

    ssh::Channel& channel_;
    Socket socket_;
    std::string waiting_;  // for the socket, at most what one reading of the channel brings
    std::shared_ptr<bool> lives_ = std::make_shared<bool>(true);
    bool waits_read_ = false;
    bool waits_write_ = false;
    bool is_shut_ = false;     // the operator's end is passed on
    bool is_deaf_ = false;     // the far end reads nothing any more
    bool has_far_end_ = true;  // and has not closed
};

}  // namespace sallyport::relay
