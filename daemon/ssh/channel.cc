// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/channel.h"

#include <algorithm>

#include "daemon/ssh/capabilities.h"

namespace sallyport::ssh {
namespace {

constexpr std::size_t max_requests = 64;       // waiting on one channel; clients send a handful
constexpr std::size_t max_write = 128 * 1024;  // at once into libssh's buffer, which has no bound of its own

// Of one stream, where libssh does not refuse more: its window is filled up to 1,280,000 bytes while fewer
// than 640,000 wait.
constexpr std::size_t max_unread = 1'280'000 + 640'000;

constexpr int index_of(Stream stream) {
    return stream == Stream::error ? 1 : 0;
}

Channel* channel_of(void* self) {
    return static_cast<Channel*>(self);
}

}  // namespace

Channel::Channel(Leg& leg, ssh_channel channel) : leg_(leg), channel_(channel) {
    ssh_callbacks_init(&callbacks_);
    callbacks_.userdata = this;
    callbacks_.channel_data_function = on_data;
    callbacks_.channel_eof_function = on_eof;
    callbacks_.channel_close_function = on_close;
    callbacks_.channel_signal_function = on_signal;
    callbacks_.channel_exit_status_function = on_exit_status;
    callbacks_.channel_exit_signal_function = on_exit_signal;
    ssh_set_channel_callbacks(channel_, &callbacks_);
    leg_.channels_.push_back(this);
}

Channel::~Channel() {
    std::erase(leg_.channels_, this);
    if (channel_ == nullptr) return;
    requests_.clear();  // they hold the raw channel
    ssh_remove_channel_callbacks(channel_, &callbacks_);
    if (got_close_ || !is_closed_)
        ssh_channel_free(channel_);
    else
        leg_.let_part(channel_);
}

void Channel::forget() {
    requests_.clear();
    ssh_remove_channel_callbacks(channel_, &callbacks_);
    channel_ = nullptr;
    parked_ = {};
    drawn_ = {};
}

// `length` counts all of the stream that nobody has taken, older bytes included.
int Channel::on_data(ssh_session, ssh_channel, void* data, uint32_t length, int is_stderr, void* self) {
    Channel& channel = *channel_of(self);
    if (channel.is_closed_) return static_cast<int>(length);  // nobody is left to read it
    const auto stream = is_stderr != 0 ? Stream::error : Stream::output;
    std::size_t taken = 0;
    // While parked bytes wait, newer ones go behind them.
    if (channel.sink_ != nullptr && !channel.has_parked())
        taken = channel.sink_->offer(stream, {static_cast<const std::byte*>(data), length});
    channel.parked_[index_of(stream)] = length - taken;
    if (!capabilities().exact_windows && length > max_unread) channel.leg_.is_overrun_ = true;
    return static_cast<int>(taken);
}

void Channel::on_eof(ssh_session, ssh_channel, void* self) {
    channel_of(self)->got_eof_ = true;
}

void Channel::on_close(ssh_session, ssh_channel, void* self) {
    channel_of(self)->got_close_ = true;
}

void Channel::on_signal(ssh_session, ssh_channel, const char* signal, void* self) {
    Request request;
    request.kind = Request::Kind::signal;
    request.text = signal != nullptr ? signal : "";
    (void)channel_of(self)->add_request(
        std::move(request));  // over the bound a signal is dropped: it has no answer
}

void Channel::on_exit_status(ssh_session, ssh_channel, int status, void* self) {
    auto& exit = channel_of(self)->exit_;
    if (!exit) exit.emplace().code = static_cast<std::uint32_t>(status);
}

void Channel::on_exit_signal(ssh_session, ssh_channel, const char* signal, int core, const char* message,
                             const char*, void* self) {
    auto& exit = channel_of(self)->exit_;
    if (exit) return;
    exit.emplace();
    exit->signal = signal != nullptr ? signal : "";
    exit->has_core = core != 0;
    exit->message = message != nullptr ? message : "";
}

bool Channel::read_parked(std::size_t room) {
    if (sink_ == nullptr || channel_ == nullptr) return false;
    const std::size_t output = read_parked_of(Stream::output, room);
    return output + read_parked_of(Stream::error, room - output) > 0;
}

// An older libssh that gives a part credits the peer for all that waits. So there all is drawn out of it, and
// what exceeds `room` waits here.
std::size_t Channel::read_parked_of(Stream stream, std::size_t room) {
    if (capabilities().exact_windows)
        return draw(stream, room, [&](std::span<const std::byte> bytes) { sink_->take(stream, bytes); });
    auto& drawn = drawn_[index_of(stream)];
    if (drawn.empty() && room > 0)
        draw(stream, SIZE_MAX, [&](std::span<const std::byte> bytes) {
            drawn.insert(drawn.end(), bytes.begin(), bytes.end());
        });
    const std::size_t count = std::min(room, drawn.size());
    sink_->take(stream, std::span(drawn).first(count));
    drawn.erase(drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
}

std::size_t Channel::draw(Stream stream, std::size_t room, auto take) {
    std::array<std::byte, 32 * 1024> chunk;
    std::size_t& parked = parked_[index_of(stream)];
    std::size_t moved = 0;
    // Never asked for what is not there: for that libssh would poll, and call back amidst this.
    while (std::min(room - moved, parked) > 0) {
        const auto want = static_cast<std::uint32_t>(std::min({room - moved, parked, chunk.size()}));
        const int got = ssh_channel_read_nonblocking(channel_, chunk.data(), want, index_of(stream));
        if (got <= 0) {
            parked = 0;  // the session has failed: nobody will read it
            break;
        }
        const auto count = static_cast<std::size_t>(got);
        parked -= count;
        moved += count;
        take(std::span(chunk).first(count));
    }
    return moved;
}

void Channel::throw_parked_away() {
    for (const Stream stream : {Stream::output, Stream::error})
        draw(stream, SIZE_MAX, [](std::span<const std::byte>) {});
    drawn_ = {};
}

bool Channel::has_parked() const noexcept {
    return parked_[0] + parked_[1] + drawn_[0].size() + drawn_[1].size() > 0;
}

std::size_t Channel::room() const {
    if (is_closed_ || !leg_.is_alive() || leg_.is_congested()) return 0;
    return std::min<std::size_t>(ssh_channel_window_size(channel_), max_write);
}

std::size_t Channel::write(Stream stream, std::span<const std::byte> bytes) {
    const auto size = static_cast<std::uint32_t>(std::min(bytes.size(), room()));
    if (size == 0) return 0;
    const int wrote = stream == Stream::error ? ssh_channel_write_stderr(channel_, bytes.data(), size)
                                              : ssh_channel_write(channel_, bytes.data(), size);
    leg_.wire().kick();
    return wrote > 0 ? static_cast<std::size_t>(wrote) : 0;
}

void Channel::send_eof() {
    if (is_closed_ || !leg_.is_alive()) return;
    ssh_channel_send_eof(channel_);
    leg_.wire().kick();
}

void Channel::send_exit(const Exit& exit) {
    if (is_closed_ || !leg_.is_alive()) return;
    if (exit.code)
        ssh_channel_request_send_exit_status(channel_, static_cast<int>(*exit.code));
    else
        ssh_channel_request_send_exit_signal(channel_, exit.signal.c_str(), exit.has_core ? 1 : 0,
                                             exit.message.c_str(), "");
    leg_.wire().kick();
}

void Channel::send_eow() {
    if (is_closed_ || !leg_.is_alive() || leg_.version().find("-OpenSSH") == std::string::npos) return;
#if SALLYPORT_LIBSSH_PRIVATE
    ssh_channel_request_raw(channel_, "eow@openssh.com", nullptr, 0, 0);
    leg_.wire().kick();
#endif
}

void Channel::close() {
    if (is_closed_) return;
    is_closed_ = true;
    if (leg_.is_alive()) {
        throw_parked_away();  // once closed it cannot be read, and would be kept until the peer closes
        ssh_channel_send_eof(channel_);  // first, for an older libssh closes nothing while its EOF waits
        ssh_channel_close(channel_);
    }
    leg_.wire().kick();
}

bool Channel::add_request(Request request) {
    const auto is_size = [](const Request& one) { return one.kind == Request::Kind::window_change; };
    if (is_size(request) && !requests_.empty() && is_size(requests_.back())) {
        requests_.back() = std::move(request);
        return true;
    }
    if (requests_.size() >= max_requests) return false;
    requests_.push_back(std::move(request));
    return true;
}

std::optional<Request> Channel::next_request() {
    if (requests_.empty()) return std::nullopt;
    std::optional<Request> first(std::move(requests_.front()));
    requests_.pop_front();
    return first;
}

void Channel::answer(const Request& request, bool is_granted) {
    if (!request.message || !leg_.is_alive() || is_closed_) return;
    if (is_granted)
        ssh_message_channel_request_reply_success(request.message.get());
    else
        ssh_message_reply_default(request.message.get());
    leg_.wire().kick();
}

}  // namespace sallyport::ssh
