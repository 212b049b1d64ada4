// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/sftp_reader.h"

#include <algorithm>
#include <utility>

namespace sallyport::taps {
namespace {

using sftp::Deed;
using sftp::Type;

bool is(const SftpPackets::Packet& packet, Type type) {
    return packet.type == static_cast<std::uint8_t>(type);
}

bool is_answer(const SftpPackets::Packet& packet) {
    return (packet.type >= static_cast<std::uint8_t>(Type::status) &&
            packet.type <= static_cast<std::uint8_t>(Type::attrs)) ||
           is(packet, Type::extended_reply);
}

/// Of the data that a packet says it holds, what it has room for.
std::uint64_t data_in(const SftpPackets::Packet& packet, std::uint32_t claimed, std::size_t before) {
    return std::min<std::uint64_t>(claimed, packet.size - std::min<std::uint64_t>(packet.size, before));
}

std::string_view why_not_read(const SftpPackets::Packet& packet) {
    return packet.is_whole() ? "malformed" : "too_long";
}

}  // namespace

std::size_t SftpReader::Request::weight() const {
    return told.path.value_or("").size() + told.other.value_or("").size() + handle.size() +
           other_handle.size();
}

void SftpReader::from_operator(std::string_view bytes) {
    requests_seen_.take(bytes, [this](const Packet& packet) {
        if (!is_over_) take_request(packet);
    });
}

void SftpReader::from_target(std::string_view bytes) {
    answers_seen_.take(bytes, [this](const Packet& packet) {
        if (!is_over_) take_answer(packet);
    });
}

void SftpReader::take_request(const Packet& packet) {
    if (packet.size == 0) return fail(From::the_operator, "empty", packet);
    if (is(packet, Type::init)) {
        if (std::exchange(has_begun_, true)) fail(From::the_operator, "begun_again", packet);
        return;
    }
    sftp::Fields fields(packet.head);
    const std::uint32_t id = fields.u32();
    const std::string_view extension = is(packet, Type::extended) ? fields.string() : std::string_view();
    if (!fields.is_good()) return fail(From::the_operator, why_not_read(packet), packet);
    const sftp::Shape* shape = sftp::find_shape(packet.type, extension);
    if (shape == nullptr) return fail(From::the_operator, "unknown_request", packet, extension);
    Request request = read_request(*shape, fields, packet);
    if (!fields.is_good()) return fail(From::the_operator, why_not_read(packet), packet, extension);
    if (mode_ == Mode::reading_only) {
        if (!has_agreed_) return fail(From::the_operator, "too_early", packet, extension);
        if (request.is_writing)
            return refuse({false, std::string(shape->word), request.told.path.value_or("")});
    }
    remember(id, std::move(request), packet);
}

SftpReader::Request SftpReader::read_request(const sftp::Shape& shape, sftp::Fields& fields,
                                             const Packet& packet) {
    Request out;
    out.told.deed = shape.deed;
    out.told.request = shape.word;
    out.is_writing = shape.is_writing;
    for (const char field : shape.fields) {
        if (field == 'p') out.told.path = fields.string();
        if (field == 'q') out.told.other = fields.string();
        if (field == 'h') out.handle = fields.string();
        if (field == 'g') out.other_handle = fields.string();
        if (field == 'f') out.told.flags = fields.u32();
        if (field == 'a') out.told.attributes = fields.attributes();
        if (field == 'd') out.bytes = data_in(packet, fields.u32(), packet.head.size() + 1);
        if (field == '4') (void)fields.u32();
        if (field == '8') (void)fields.u64();
    }
    if (shape.deed == Deed::open) out.is_writing = out.told.flags != sftp::read_only;
    return out;
}

void SftpReader::remember(std::uint32_t id, Request request, const Packet& packet) {
    const std::size_t weight = request.weight();
    if (requests_.size() < max_requests && held_ + weight <= max_held) {
        held_ += weight;
        requests_.emplace(id, std::move(request));
        return;
    }
    fail(From::the_operator, "too_many_requests", packet);
    tell(request);
}

void SftpReader::take_answer(const Packet& packet) {
    if (packet.size == 0) return fail(From::the_target, "empty", packet);
    if (is(packet, Type::version)) return take_version(packet);
    if (!is_answer(packet)) return fail(From::the_target, "unknown_answer", packet);
    const std::uint32_t id = sftp::Fields(packet.head).u32();
    if (packet.head.size() < 4) return fail(From::the_target, "malformed", packet);
    const auto found = requests_.lower_bound(id);
    if (found == requests_.end() || found->first != id) return;
    Request request = std::move(found->second);
    held_ -= request.weight();
    requests_.erase(found);
    settle(request, packet);
}

void SftpReader::take_version(const Packet& packet) {
    sftp::Fields fields(packet.head);
    const std::uint32_t version = fields.u32();
    if (!fields.is_good()) return fail(From::the_target, "malformed", packet);
    has_agreed_ = version == 3;
    if (has_agreed_) return;
    fail({From::the_target, "version", packet.type, packet.size, {}, version});
    is_over_ = true;
}

void SftpReader::settle(Request& request, const Packet& packet) {
    const Deed deed = request.told.deed;
    if (deed == Deed::none) return;
    sftp::Fields fields(packet.head.substr(4));
    bool does_fit = true;
    if (is(packet, Type::status)) {
        const std::uint32_t status = fields.u32();
        if (fields.is_good()) request.told.status = status;
    } else if (deed == Deed::read && is(packet, Type::data)) {
        const auto file = files_.find(request.handle);
        const std::uint64_t bytes = data_in(packet, fields.u32(), packet.head.size() + 1);
        if (file != files_.end()) file->second.bytes_read += bytes;
    } else if (deed == Deed::open && is(packet, Type::handle)) {
        const std::string_view handle = fields.string();
        request.told.status = 0;
        if (fields.is_good()) open(request, packet, handle);
    } else {
        does_fit = false;
    }
    if (!does_fit || !fields.is_good())
        fail(From::the_target, does_fit ? why_not_read(packet) : "unexpected_answer", packet);
    tell(request);
}

void SftpReader::open(Request& request, const Packet& packet, std::string_view handle) {
    const std::string& path = *request.told.path;
    const std::size_t weight = path.size() + handle.size();
    if (const auto stale = files_.find(handle); stale != files_.end()) forget(stale);
    if (files_.size() >= max_files || held_ + weight > max_held)
        return fail(From::the_target, "too_many_files", packet);
    held_ += weight;
    files_.emplace(handle, File{path});
}

void SftpReader::forget(Files::iterator file) {
    held_ -= file->second.path.size() + file->first.size();
    files_.erase(file);
}

std::optional<std::string> SftpReader::path_of(const std::string& handle) const {
    const auto file = files_.find(handle);
    return file == files_.end() ? std::nullopt : std::optional(file->second.path);
}

/// Handles are looked up only now: a client may name one that it guesses before the target has given it.
void SftpReader::tell(Request& request) {
    FileDeed& told = request.told;
    const auto file = files_.find(request.handle);
    if (told.deed == Deed::none || told.deed == Deed::read) return;
    if (told.deed == Deed::write) {
        if (file != files_.end() && told.status == 0U) file->second.bytes_written += request.bytes;
        return;
    }
    if (!told.path && file != files_.end()) told.path = file->second.path;
    if (told.deed == Deed::copy) told.other = path_of(request.other_handle);
    if (told.deed == Deed::close) {
        if (file == files_.end()) return;  // a folder's, or it is not followed
        told.bytes_read = file->second.bytes_read;
        told.bytes_written = file->second.bytes_written;
        forget(file);
    }
    report_.done(told);
}

void SftpReader::finish() {
    is_over_ = true;
    for (auto unanswered = std::exchange(requests_, {}); auto& [id, request] : unanswered) tell(request);
    while (!files_.empty()) {
        Request close;
        close.told.deed = Deed::close;
        close.told.request = "close";
        close.handle = files_.begin()->first;
        tell(close);
    }
    held_ = 0;
}

void SftpReader::fail(From from, std::string_view reason, const Packet& packet, std::string_view extension) {
    fail({from, reason, packet.type, packet.size, std::string(extension), std::nullopt});
}

void SftpReader::fail(SftpUnparsed what) {
    report_.unparsed(what);
    if (mode_ == Mode::reading_only) refuse({true, what.extension, {}});
}

void SftpReader::refuse(SftpRefused what) {
    if (!std::exchange(is_over_, true)) report_.refused(what);
}

}  // namespace sallyport::taps
