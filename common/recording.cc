// SPDX-License-Identifier: Apache-2.0
#include "common/recording.h"

#include "common/error.h"
#include "common/ids.h"

namespace sallyport {
namespace {

constexpr std::string_view magic = "SALLYREC";
constexpr std::uint8_t version = 1;
constexpr std::size_t id_size = 36;
constexpr std::size_t frame_head = 4 + 4 + 8 + 1;  // length of the payload, channel, time, kind

void put(std::string& out, std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

std::uint64_t get(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

/// Reads exactly `size` bytes; false at the end, with what was read in `out`.
bool read(std::istream& in, std::string& out, std::size_t size) {
    out.resize(size);
    in.read(out.data(), static_cast<std::streamsize>(size));
    out.resize(static_cast<std::size_t>(in.gcount()));
    return out.size() == size;
}

}  // namespace

std::string recording_header(std::string_view session_id, WallTime started) {
    std::string out(magic);
    put(out, version, 1);
    out += session_id;
    put(out, static_cast<std::uint64_t>(started.time_since_epoch().count()), 8);
    return out;
}

void append_frame(std::string& out, const Frame& frame) {
    std::string_view rest = frame.payload;
    do {
        const std::string_view part = rest.substr(0, RecordingReader::max_payload);
        put(out, part.size(), 4);
        put(out, frame.channel, 4);
        put(out, static_cast<std::uint64_t>(frame.time.count()), 8);
        put(out, static_cast<std::uint8_t>(frame.kind), 1);
        out += part;
        rest.remove_prefix(part.size());
    } while (!rest.empty());
}

std::string resize_payload(int columns, int rows) {
    std::string out;
    put(out, static_cast<std::uint32_t>(columns), 4);
    put(out, static_cast<std::uint32_t>(rows), 4);
    return out;
}

std::string unechoed_payload(std::uint64_t bytes) {
    std::string out(1, '\0');
    put(out, bytes, 8);
    return out;
}

std::optional<std::uint64_t> unechoed_bytes(std::string_view payload) {
    if (payload.size() != 9 || payload[0] != '\0') return std::nullopt;
    return get(payload.substr(1));
}

RecordingReader::RecordingReader(std::istream& in) : in_(in) {
    std::string head;
    if (!read(in_, head, magic.size() + 1 + id_size + 8) || !head.starts_with(magic))
        throw Error(Code::input, "this is not a recording");
    if (static_cast<std::uint8_t>(head[magic.size()]) != version)
        throw Error(Code::input, "this recording is of a version that this program does not know");
    session_id_ = head.substr(magic.size() + 1, id_size);
    if (!is_id(session_id_)) throw Error(Code::input, "this recording names no session");
    const std::uint64_t started = get(std::string_view(head).substr(magic.size() + 1 + id_size));
    if (started > static_cast<std::uint64_t>(WallTime::duration::max().count() / 2))
        throw Error(Code::input, "this recording began at no time");
    started_ = WallTime(std::chrono::microseconds(started));
}

std::optional<Frame> RecordingReader::next() {
    std::string head;
    if (!read(in_, head, frame_head)) {
        is_cut_ = !head.empty();
        return std::nullopt;
    }
    const std::string_view view = head;
    const std::uint64_t size = get(view.substr(0, 4));
    const std::uint64_t kind = get(view.substr(16, 1));
    if (size > max_payload || kind < 1 || kind > 5)
        throw Error(Code::input, "a frame of this recording cannot be one");
    if (!read(in_, payload_, size)) {
        is_cut_ = true;
        return std::nullopt;
    }
    return Frame{static_cast<std::uint32_t>(get(view.substr(4, 4))),
                 std::chrono::microseconds(static_cast<std::int64_t>(get(view.substr(8, 8)) & INT64_MAX)),
                 static_cast<FrameKind>(kind), payload_};
}

}  // namespace sallyport
