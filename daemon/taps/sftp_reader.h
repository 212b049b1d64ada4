// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/taps/sftp_packets.h"
#include "daemon/taps/sftp_words.h"

namespace sallyport::taps {

/// One thing that was asked of the target's files, and how it ended.
struct FileDeed {
    sftp::Deed deed = sftp::Deed::none;
    std::string_view request;         // the protocol's word for it
    std::optional<std::string> path;  // as the client sent it; absent where its handle is not known
    std::optional<std::string> other;
    std::uint32_t flags = 0;  // of an open
    FileAttributes attributes;
    std::uint64_t bytes_read = 0;  // of a close: what the target delivered, and what it acknowledged
    std::uint64_t bytes_written = 0;
    std::optional<std::uint32_t> status;  // the target's answer; absent if none was seen
};

/// What the reader could not follow.
struct SftpUnparsed {
    enum class From { the_operator, the_target };
    From from = From::the_operator;
    std::string_view reason;
    std::uint8_t packet_type = 0;
    std::uint32_t packet_size = 0;
    std::string extension;                 // the name of a request that is unknown
    std::optional<std::uint32_t> version;  // that the target chose, where it is not 3
};

/// What ends a channel that may only read.
struct SftpRefused {
    bool is_unparsed = false;
    std::string request;
    std::string path;  // empty where there is none
};

/// Reads both directions of an SFTP stream, version 3, in whatever pieces they come: pairs requests with
/// their answers, and knows the files that are open. Has no I/O and a fixed bound; holds no data of files.
/// Several requests of one id are answered in their order; answers that nobody waits for are passed over.
class SftpReader {
 public:
    static constexpr std::size_t max_requests = 2048;    // that wait for their answers
    static constexpr std::size_t max_files = 1024;       // that are open
    static constexpr std::size_t max_held = 512 * 1024;  // bytes of names and handles of both

    enum class Mode {
        anything,      // what is not understood is told, and passed over
        reading_only,  // the first request that may write, and whatever is not understood, is refused
    };
    struct Report {
        std::function<void(const FileDeed&)> done;
        std::function<void(const SftpUnparsed&)> unparsed;
        std::function<void(const SftpRefused&)> refused;  // once; nothing is read after it
    };

    SftpReader(Mode mode, Report report) : mode_(mode), report_(std::move(report)) {}

    /// Reports what these bytes complete; a refused packet before its last byte was taken.
    void from_operator(std::string_view bytes);
    void from_target(std::string_view bytes);
    /// No more comes: tells of what was never answered, and of files that were not closed.
    void finish();

 private:
    using From = SftpUnparsed::From;
    using Packet = SftpPackets::Packet;
    struct Request {
        FileDeed told;
        std::string handle;
        std::string other_handle;
        std::uint64_t bytes = 0;  // of data
        bool is_writing = false;
        [[nodiscard]] std::size_t weight() const;
    };
    struct File {
        std::string path;
        std::uint64_t bytes_read = 0;
        std::uint64_t bytes_written = 0;
    };
    using Files = std::map<std::string, File, std::less<>>;

    void take_request(const Packet& packet);
    [[nodiscard]] static Request read_request(const sftp::Shape& shape, sftp::Fields& fields,
                                              const Packet& packet);
    void take_answer(const Packet& packet);
    void take_version(const Packet& packet);
    void remember(std::uint32_t id, Request request, const Packet& packet);
    void settle(Request& request, const Packet& packet);
    void open(Request& request, const Packet& packet, std::string_view handle);
    void tell(Request& request);
    void forget(Files::iterator file);
    [[nodiscard]] std::optional<std::string> path_of(const std::string& handle) const;
    void fail(From from, std::string_view reason, const Packet& packet, std::string_view extension = {});
    void fail(SftpUnparsed what);
    void refuse(SftpRefused what);

    Mode mode_;
    Report report_;
    SftpPackets requests_seen_;
    SftpPackets answers_seen_;
    std::multimap<std::uint32_t, Request> requests_;  // by id; of one id in the order of arrival
    Files files_;                                     // by handle
    std::size_t held_ = 0;
    bool has_begun_ = false;   // the client said INIT
    bool has_agreed_ = false;  // the target answered with version 3
    bool is_over_ = false;     // nothing can be read any more
};

}  // namespace sallyport::taps
