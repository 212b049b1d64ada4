// SPDX-License-Identifier: Apache-2.0
#include "daemon/relay/splice.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/error.h"

namespace sallyport::relay {
namespace {

constexpr std::size_t piece = 64 * 1024;
constexpr int max_pieces = 4;  // in one step; others on this thread wait meanwhile

}  // namespace

SocketPair make_socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
        throw Error(Code::io, "make a socket pair: " + os_error(errno));
    return {runtime::Descriptor(ends[0]), runtime::Descriptor(ends[1])};
}

Splice::Splice(ssh::Channel& channel, runtime::Descriptor fd)
    : channel_(channel), socket_(channel.leg().wire().executor()) {
    socket_.assign(boost::asio::local::stream_protocol(), fd.get());
    (void)fd.release();
    socket_.native_non_blocking(true);
    channel_.set_sink(this);
}

Splice::~Splice() {
    *lives_ = false;
    channel_.set_sink(nullptr);
}

/// How many of the bytes the socket took, or nobody will ever read; none while it is full.
std::size_t Splice::send(std::span<const std::byte> bytes) noexcept {
    const ssize_t count =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    // What it still has to say is read all the same.
    is_deaf_ = is_deaf_ || (count < 0 && errno != EAGAIN && errno != EINTR);
    if (is_deaf_) return bytes.size();
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::size_t Splice::offer(ssh::Stream, std::span<const std::byte> bytes) noexcept {
    return waiting_.empty() ? send(bytes) : 0;
}

void Splice::take(ssh::Stream, std::span<const std::byte> bytes) noexcept {
    const std::size_t sent = waiting_.empty() ? send(bytes) : 0;
    waiting_.append(reinterpret_cast<const char*>(bytes.data()) + sent, bytes.size() - sent);
}

void Splice::wake_when(Socket::wait_type kind, bool Splice::*flag) {
    if (this->*flag) return;
    this->*flag = true;
    socket_.async_wait(kind, [this, flag, lives = lives_](const boost::system::error_code&) {
        if (!*lives) return;
        this->*flag = false;
        channel_.leg().wire().kick();
    });
}

bool Splice::to_socket() {
    const std::size_t sent = waiting_.empty() ? 0 : send(std::as_bytes(std::span(waiting_)));
    waiting_.erase(0, sent);
    bool moved = sent > 0;
    if (waiting_.empty() && channel_.has_parked()) moved = channel_.read_parked(piece) || moved;
    const bool is_behind = !waiting_.empty() || channel_.has_parked();
    if (is_behind) wake_when(Socket::wait_write, &Splice::waits_write_);
    if (!is_behind && channel_.got_eof() && !is_shut_) {
        is_shut_ = true;
        boost::system::error_code ignored;  // the far end may have gone, which is as good
        socket_.shutdown(Socket::shutdown_send, ignored);
    }
    return moved;
}

bool Splice::to_channel() {
    std::array<std::byte, piece> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
    bool moved = false;
    for (int i = 0; i < max_pieces; ++i) {
        const std::size_t room = std::min(channel_.room(), buffer.size());
        if (room == 0) return moved;  // the window's opening brings the next turn
        const ssize_t count = ::recv(socket_.native_handle(), buffer.data(), room, MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN) {
            wake_when(Socket::wait_read, &Splice::waits_read_);
            return moved;
        }
        if (count <= 0) {
            has_far_end_ = false;
            return true;
        }
        (void)channel_.write(ssh::Stream::output, std::span(buffer).first(static_cast<std::size_t>(count)));
        moved = true;
    }
    return moved;
}

bool Splice::step() {
    if (!has_far_end_ || channel_.got_close()) return false;
    const bool sent = to_socket();
    return to_channel() || sent;
}

boost::asio::awaitable<bool> Splice::run() {
    ssh::Wire& wire = channel_.leg().wire();
    const auto pump = wire.add_pump([this] { return step(); });
    std::function<bool()> is_over = [this] { return !has_far_end_ || channel_.got_close(); };
    co_await wire.until(std::move(is_over));
    boost::system::error_code ignored;
    socket_.close(ignored);
    co_return !channel_.got_close();
}

}  // namespace sallyport::relay
