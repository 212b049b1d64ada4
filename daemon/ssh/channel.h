// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libssh/callbacks.h>

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/ssh/leg.h"
#include "daemon/ssh/request.h"

namespace sallyport::ssh {

enum class Stream { output, error };  // SSH_MSG_CHANNEL_DATA, and extended data of type 1 (stderr)

/// How a command on the far side ended (RFC 4254 §6.10).
struct Exit {
    std::optional<std::uint32_t> code;
    std::string signal;  // without SIG; empty if it exited
    bool has_core = false;
    std::string message;
};

/// Takes a channel's data as it comes; called inside libssh's callback, so it only moves bytes.
class DataSink {
 public:
    virtual ~DataSink() = default;
    /// Takes up to all of `bytes`, in order, and returns how many; the rest waits within the window.
    virtual std::size_t offer(Stream stream, std::span<const std::byte> bytes) noexcept = 0;
    /// Takes all of `bytes`, which the sink had said it has room for, or which the window bounds.
    virtual void take(Stream stream, std::span<const std::byte> bytes) noexcept = 0;
};

/// One channel of a leg. Callbacks set flags here; whoever drives it reads them in the turn.
class Channel {
 public:
    /// Owns `channel`, which belongs to `leg`; the leg outlives this.
    Channel(Leg& leg, ssh_channel channel);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    [[nodiscard]] Leg& leg() const noexcept { return leg_; }
    /// Null once the leg has disconnected.
    [[nodiscard]] ssh_channel raw() const noexcept { return channel_; }

    /// From now on data goes to `sink`; what came before waits for `read_parked`. Null: data waits.
    void set_sink(DataSink* sink) { sink_ = sink; }
    /// Moves what waits inside libssh to the sink, at most `room` bytes; true if something moved.
    bool read_parked(std::size_t room);
    [[nodiscard]] bool has_parked() const noexcept;

    /// How many bytes may be written now: 0 while the leg is congested or the peer's window is full (RFC 4254
    /// §5.2).
    [[nodiscard]] std::size_t room() const;
    /// Writes up to `room()` bytes and returns how many were taken.
    std::size_t write(Stream stream, std::span<const std::byte> bytes);
    void send_eof();
    void send_exit(const Exit& exit);
    /// Says that nothing more will be read (eow@openssh.com), to OpenSSH and its like: some others hang up
    /// over it.
    void send_eow();
    void close();

    [[nodiscard]] bool got_eof() const noexcept { return got_eof_; }
    /// The peer reads no more.
    [[nodiscard]] bool got_eow() const noexcept { return got_eow_; }
    void mark_eow() noexcept { got_eow_ = true; }
    [[nodiscard]] bool got_close() const noexcept { return got_close_ || !leg_.is_alive(); }
    [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }
    [[nodiscard]] const std::optional<Exit>& exit() const noexcept { return exit_; }

    /// The next request of the operator, or none if none waits.
    [[nodiscard]] std::optional<Request> next_request();
    [[nodiscard]] bool has_request() const noexcept { return !requests_.empty(); }
    /// Queues a request; false if more wait than any client has reason to send. Of window changes in a row
    /// the last counts.
    [[nodiscard]] bool add_request(Request request);
    /// Answers a request if it wants an answer.
    void answer(const Request& request, bool is_granted);

 private:
    friend class Leg;
    /// Lets go of libssh's channel, which the disconnect frees.
    void forget();

    static int on_data(ssh_session, ssh_channel, void* data, uint32_t length, int is_stderr, void* self);
    static void on_eof(ssh_session, ssh_channel, void* self);
    static void on_close(ssh_session, ssh_channel, void* self);
    static void on_signal(ssh_session, ssh_channel, const char* signal, void* self);
    static void on_exit_status(ssh_session, ssh_channel, int status, void* self);
    static void on_exit_signal(ssh_session, ssh_channel, const char* signal, int core, const char* message,
                               const char* language, void* self);
    std::size_t read_parked_of(Stream stream, std::size_t room);
    void throw_parked_away();
    /// Reads up to `room` parked bytes out of libssh, piece by piece into `take`.
    std::size_t draw(Stream stream, std::size_t room, auto take);

    Leg& leg_;
    ssh_channel channel_;
    DataSink* sink_ = nullptr;
    ssh_channel_callbacks_struct callbacks_{};
    std::deque<Request> requests_;
    std::optional<Exit> exit_;
    std::array<std::size_t, 2> parked_{};          // bytes of each stream that wait inside libssh
    std::array<std::vector<std::byte>, 2> drawn_;  // and out of it, where it has no exact windows
    bool got_eof_ = false;
    bool got_eow_ = false;
    bool got_close_ = false;
    bool is_closed_ = false;
};

}  // namespace sallyport::ssh
