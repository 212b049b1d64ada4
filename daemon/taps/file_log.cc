// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/file_log.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sallyport::taps {
namespace {

using sftp::Deed;

/// By Deed; what comes behind these is no event of its own.
constexpr std::array types = {"file.open",  "file.close",   "file.rename",  "file.remove",   "file.mkdir",
                              "file.rmdir", "file.setstat", "file.symlink", "file.hardlink", "file.copy"};
static_assert(types.size() == static_cast<std::size_t>(Deed::read));

constexpr std::uint64_t max_integer = (std::uint64_t{1} << 53U) - 1;

std::string status_name(std::uint32_t status) {
    constexpr std::array names = {
        "ok",          "eof",           "no_such_file",    "permission_denied", "failure",
        "bad_message", "no_connection", "connection_lost", "op_unsupported"};
    return status < names.size() ? names[status] : "status_" + std::to_string(status);
}

Json flag_names(std::uint32_t flags) {
    constexpr std::array names = {"read", "write", "append", "create", "truncate", "exclusive"};
    Json out = Json::array();
    for (std::size_t bit = 0; bit < names.size(); ++bit)
        if ((flags >> bit & 1U) != 0) out.push_back(names[bit]);
    return out;
}

std::string octal(std::uint32_t permissions) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", permissions);
    return text.data();
}

void put_attributes(Event& event, const FileAttributes& attributes) {
    const auto time = [](std::uint32_t seconds) {
        return to_rfc3339(WallTime(std::chrono::seconds(seconds)));
    };
    if (attributes.size) event.put("size", std::min(*attributes.size, max_integer));
    if (attributes.permissions) event.put("permissions", octal(*attributes.permissions));
    if (attributes.uid) event.put("uid", *attributes.uid);
    if (attributes.gid) event.put("gid", *attributes.gid);
    if (attributes.atime) event.put("atime", time(*attributes.atime));
    if (attributes.mtime) event.put("mtime", time(*attributes.mtime));
}

}  // namespace

Event FileLog::begin(const char* type, const std::string& channel_id) const {
    Event out(type);
    out.put("session_id", session_id_).put("channel_id", channel_id);
    return out;
}

void FileLog::done(const std::string& channel_id, const FileDeed& deed, SteadyTime now) {
    const auto kind = static_cast<std::size_t>(deed.deed);
    if (kind >= types.size()) return;
    if (!has_room(now)) return fold(types[kind], deed.status != 0U);
    Event event = begin(types[kind], channel_id);
    if (deed.path) event.text("path", *deed.path);
    if (deed.other) event.text(deed.deed == Deed::symlink ? "target" : "new_path", *deed.other);
    if (deed.deed == Deed::rename || deed.deed == Deed::setstat) event.put("request", deed.request);
    if (deed.deed == Deed::open) event.put("flags", flag_names(deed.flags));
    put_attributes(event, deed.attributes);
    if (deed.deed == Deed::close)
        event.put("bytes_read", std::min(deed.bytes_read, max_integer))
            .put("bytes_written", std::min(deed.bytes_written, max_integer));
    if (deed.status) event.put("status", status_name(*deed.status));
    post(std::move(event));
}

void FileLog::unparsed(const std::string& channel_id, const SftpUnparsed& what, SteadyTime now) {
    if (!has_room(now)) return fold("file.unparsed", true);
    Event event = begin("file.unparsed", channel_id);
    event.put("from", what.from == SftpUnparsed::From::the_operator ? "operator" : "target");
    event.put("reason", what.reason);
    if (what.packet_size > 0) event.put("packet_type", what.packet_type).put("packet_size", what.packet_size);
    if (!what.extension.empty()) event.text("request", what.extension);
    if (what.version) event.put("version", *what.version);
    post(std::move(event));
}

bool FileLog::has_room(SteadyTime now) {
    if (now >= window_began_ + window) {
        flush();
        window_began_ = now;
        events_ = 0;
        bytes_ = 0;
    }
    return events_ < max_events && bytes_ < max_bytes;
}

void FileLog::post(Event event) {
    ++events_;
    bytes_ += event.outside_bytes();
    post_(std::move(event));
}

void FileLog::fold(const std::string& type, bool is_failure) {
    const bool is_first = counts_.empty();
    if (is_first) first_ = wall_now();
    last_ = wall_now();
    ++counts_[type.substr(type.find('.') + 1)];
    if (is_failure) ++failed_;
    if (is_first) folding_();
}

void FileLog::flush() {
    if (counts_.empty()) return;
    Event event("file.flood");
    event.put("session_id", session_id_);
    Json counts = Json::object();
    for (const auto& [kind, count] : counts_) counts[kind] = count;
    event.put("counts", std::move(counts)).put("failed", failed_);
    event.put("first", to_rfc3339(first_)).put("last", to_rfc3339(last_));
    counts_.clear();
    failed_ = 0;
    post_(std::move(event));
}

}  // namespace sallyport::taps
