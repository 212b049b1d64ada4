// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/leg.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "common/escape.h"
#include "daemon/ssh/capabilities.h"
#include "daemon/ssh/channel.h"
#include "daemon/ssh/parting_channel.h"

namespace sallyport::ssh {
namespace {

constexpr std::uint32_t max_unread = 2 << 20;  // of answers that a peer asks for and does not read
// RFC 4253 §6: a packet is at least so much longer than its payload: two lengths, padding and the tag of
// AES-GCM.
[[maybe_unused]] constexpr std::uint64_t packet_overhead = 4 + 1 + 4 + 16;

constexpr std::array innocent{
    "Received SSH_MSG_DISCONNECT",  // the peer leaves
    "Socket error",                 // the network ends
    "Writing packet",
    "Remote channel is closed",  // our own calls, too late for a channel or a login
    "Invalid argument",
    "Invalid state",
    "Wrong state",
    "Bad call",
};

runtime::Descriptor duplicate(int fd) {
    runtime::Descriptor copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (copy.get() < 0) throw Error(Code::io, "duplicate a socket: " + os_error(errno));
    return copy;
}

void set_option(int fd, int name, int value) {
    // A socket that does not know the option is slower, not wrong.
    (void)setsockopt(fd, IPPROTO_TCP, name, &value, sizeof value);
}

}  // namespace

Leg::Leg(std::shared_ptr<Wire> wire, int fd)
    : session_(ssh_new()), wire_(std::move(wire)), given_(fd), watch_(wire_->executor()) {
    if (!session_) throw std::bad_alloc();
    runtime::Descriptor watched = capabilities().borrows_sockets ? std::move(given_) : duplicate(fd);
    boost::system::error_code error;
    watch_.assign(watched.get(), error);
    if (error) throw Error(Code::io, "watch a socket: " + error.message());
    (void)watched.release();    // watch_ closes it
    watch_.non_blocking(true);  // the flag is on the open file, which libssh's descriptor shares
    set_option(fd, TCP_NODELAY, 1);
    set_option(fd, TCP_QUICKACK, 1);
    ssh_set_blocking(session_.get(), 0);
    ssh_set_counters(session_.get(), &socket_, &packets_);
    wire_->attach(*this);
}

Leg::~Leg() {
    *lives_ = false;
    wire_->detach(*this);
    disconnect();
    session_.reset();
    if (!capabilities().borrows_sockets) close_given();
}

void Leg::disconnect() {
    if (!is_open_) return;
    is_open_ = false;
    watch_.cancel();
    for (Channel* channel : channels_) channel->forget();
    parting_.clear();
    withdraw();
    is_in_event_ = false;
    ssh_disconnect(session_.get());
    (void)::shutdown(watch_.native_handle(), SHUT_WR);  // fails where the peer has gone, which is as good
}

// An older libssh closes what it was given or not, as side, version and error will have it; the number may be
// another file by now. So it is closed here only if it is still the same socket as our own duplicate.
void Leg::close_given() {
    struct stat theirs {};
    struct stat ours {};
    const bool is_same = fstat(given_.get(), &theirs) == 0 && fstat(watch_.native_handle(), &ours) == 0 &&
                         theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
    if (!is_same) (void)given_.release();
}

bool Leg::is_alive() const {
    return is_open_ && (ssh_get_status(session_.get()) & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0;
}

bool Leg::is_congested() const {
    return (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0;
}

Channel* Leg::find_channel(ssh_channel raw) const {
    for (Channel* channel : channels_)
        if (channel->raw() == raw) return channel;
    return nullptr;
}

MessagePtr Leg::next_message() {
    if (!is_alive() || taken_ >= max_taken || drained_at_ == packets_.in_packets) return nullptr;
    const auto get = [this] { return ssh_message_get(session_.get()); };
    MessagePtr message(capabilities().quiet_channels ? get()
                                                     : alone(get));  // an older one polls, if asked in vain
    if (message)
        ++taken_;
    else
        drained_at_ = packets_.in_packets;
    return message;
}

void Leg::withdraw() {
    if (is_in_event_) ssh_event_remove_session(wire_->event(), session_.get());
}

void Leg::come_back() {
    if (is_in_event_ && ssh_event_add_session(wire_->event(), session_.get()) != SSH_OK)
        blame("out of memory");
}

void Leg::let_part(ssh_channel channel) {
    parting_.push_back(std::make_unique<PartingChannel>(channel));
}

void Leg::begin_round() {
    std::erase_if(parting_, [](const auto& channel) { return channel->got_close(); });
    taken_ = 0;
    if (!is_congested())
        congested_since_ = SteadyTime::max();
    else if (congested_since_ == SteadyTime::max())
        congested_since_ = std::chrono::steady_clock::now();
}

void Leg::set_reading(bool on) {
#if SALLYPORT_LIBSSH_PRIVATE
    is_reading_ = on;
    if (is_in_event_ && is_alive()) ssh_set_reading(session_.get(), on ? 1 : 0);
#else
    (void)on;
#endif
}

// libssh drops some messages that break the protocol and goes on, with a hole in a stream or a peer that
// waits for ever. What it says then is new, and neither a farewell nor about our own calls.
void Leg::judge() {
    if (!is_open_ || !fault_.empty()) return;
    if (is_overrun_) return blame("Window exceeded");
    const std::string_view words = ssh_get_error(session_.get());
    const bool is_new = ssh_get_error_code(session_.get()) == SSH_FATAL && words != words_before_;
    const bool is_ended = !is_alive();
    words_before_ = words;
    const auto starts = [&](const char* text) { return words.starts_with(text); };
    if (is_new && std::none_of(innocent.begin(), innocent.end(), starts))
        blame(escaped(words));
    else if (!is_ended && pending_output() > max_unread)
        blame("it does not read what it is sent");
}

std::uint64_t Leg::pending_output() {
#if SALLYPORT_LIBSSH_PRIVATE
    return ssh_get_pending_output(session_.get());
#else
    // The system's libssh does not tell, so what was made since nothing waited is compared with what has
    // left.
    if (!is_congested()) {
        packets_before_ = packets_;
        socket_before_ = socket_;
    }
    const std::uint64_t made = packets_.out_bytes - packets_before_.out_bytes +
                               packet_overhead * (packets_.out_packets - packets_before_.out_packets);
    const std::uint64_t left = socket_.out_bytes - socket_before_.out_bytes;
    return made > left ? made - left : 0;
#endif
}

void Leg::blame(std::string words) {
    if (fault_.empty()) fault_ = std::move(words);
    disconnect();
}

std::string Leg::last_error() const {
    return escaped(ssh_get_error(session_.get()));
}

/// True while the peer's TCP window is closed: bytes wait, and none of them is in flight.
bool Leg::is_peer_pausing() {
    tcp_info info{};
    socklen_t size = sizeof info;
    int waiting = 0;
    return getsockopt(watch_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
           ioctl(watch_.native_handle(), SIOCOUTQ, &waiting) == 0 && waiting > 0 && info.tcpi_unacked == 0;
}

void Leg::keep_alive(std::chrono::seconds interval) {
    if (!is_alive()) return;
    // The kernel would end a pause like a death.
    const auto patience = std::chrono::milliseconds(interval * 3).count();
    set_option(watch_.native_handle(), TCP_USER_TIMEOUT, is_peer_pausing() ? 0 : static_cast<int>(patience));
    if (is_congested()) return;
    ssh_send_ignore(session_.get(), "");
    wire_->kick();
}

void Leg::stay_non_blocking() {
    if (!capabilities().borrows_sockets) watch_.native_non_blocking(true);
}

void Leg::enter_event() {
    if (is_in_event_) return;
    is_in_event_ = ssh_event_add_session(wire_->event(), session_.get()) == SSH_OK;
}

void Leg::arm() {
    if (!is_alive()) return;
    // The kernel forgets it; only what has come since could be acknowledged late.
    if (quick_acks_ && std::exchange(acknowledged_, socket_.in_bytes) != socket_.in_bytes)
        set_option(watch_.native_handle(), TCP_QUICKACK, 1);
    using Descriptor = boost::asio::posix::stream_descriptor;
    if (is_reading_) wait(Descriptor::wait_read, &Leg::waits_read_);
    if (is_congested()) wait(Descriptor::wait_write, &Leg::waits_write_);
}

void Leg::wait(boost::asio::posix::stream_descriptor::wait_type kind, bool Leg::*flag) {
    if (this->*flag) return;
    this->*flag = true;
    watch_.async_wait(kind, [this, flag, lives = lives_, wire = wire_](boost::system::error_code error) {
        if (!*lives) return;
        this->*flag = false;
        if (!error) wire->wake();
    });
}

void check(int rc, const Leg& leg, Code code, std::string_view what) {
    if (rc != SSH_OK) throw Error(code, std::string(what) + ": " + leg.last_error());
}

}  // namespace sallyport::ssh
