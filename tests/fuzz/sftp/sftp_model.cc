// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/sftp/sftp_model.h"

#include <algorithm>
#include <set>
#include <utility>

namespace sallyport::fuzz {
namespace {

constexpr std::size_t max_head = 40 * 1024;

/// Reads fields out of a packet; throws its own type where one is missing.
struct Missing {};
struct Reader {
    const std::string& bytes;
    std::size_t at;
    std::uint64_t number(int size) {
        std::uint64_t out = 0;
        for (int i = 0; i < size; ++i) {
            if (at >= bytes.size()) throw Missing{};
            out = out * 256 + static_cast<unsigned char>(bytes[at++]);
        }
        return out;
    }
    std::string text() {
        const std::uint64_t size = number(4);
        if (size > bytes.size() - at) throw Missing{};
        at += size;
        return bytes.substr(at - size, size);
    }
    std::string sets() {
        const std::uint64_t flags = number(4);
        std::string out;
        if ((flags & 1) != 0) out += "size" + std::to_string(number(8));
        if ((flags & 2) != 0) out += "uid" + std::to_string(number(4));
        if ((flags & 2) != 0) out += "gid" + std::to_string(number(4));
        if ((flags & 4) != 0) out += "permissions" + std::to_string(number(4));
        if ((flags & 8) != 0) out += "atime" + std::to_string(number(4));
        if ((flags & 8) != 0) out += "mtime" + std::to_string(number(4));
        return out;
    }
};

const std::map<int, std::string> words = {{3, "open"},    {4, "close"},     {5, "read"},    {6, "write"},
                                          {9, "setstat"}, {10, "fsetstat"}, {13, "remove"}, {14, "mkdir"},
                                          {15, "rmdir"},  {18, "rename"},   {20, "symlink"}};
const std::set<int> uninteresting = {7, 8, 11, 12, 16, 17, 19};
const std::set<std::string> extensions = {"posix-rename@openssh.com", "hardlink@openssh.com",
                                          "lsetstat@openssh.com", "copy-data"};
const std::set<std::string> uninteresting_extensions = {
    "statvfs@openssh.com",     "fstatvfs@openssh.com",           "limits@openssh.com",
    "expand-path@openssh.com", "users-groups-by-id@openssh.com", "home-directory"};

}  // namespace

// A packet is judged as soon as what is looked at of it is here; data is not looked at.
bool SftpModel::next(Stream& stream, std::string& packet, std::uint64_t& size) const {
    const std::string& all = stream.bytes;
    if (all.size() < 4 || stream.at > all.size() - 4) return false;
    Reader reader{all, stream.at};
    size = reader.number(4);
    std::uint64_t looked_at = std::min<std::uint64_t>(size, 1 + max_head);
    if (size > 0 && reader.at < all.size() && all[reader.at] == 103)
        looked_at = std::min<std::uint64_t>(size, 9);
    if (size > 0 && reader.at < all.size() && all[reader.at] == 6) {
        std::uint64_t handle = 0;
        if (size >= 9 && all.size() - reader.at < 9) return false;
        if (size >= 9) handle = Reader{all, reader.at + 5}.number(4);
        looked_at = std::min<std::uint64_t>(size, 9 + std::min<std::uint64_t>(handle, 256) + 12);
    }
    if (size > 0 && reader.at >= all.size()) return false;
    if (all.size() - reader.at < looked_at) return false;
    packet = all.substr(reader.at, looked_at);
    stream.at = reader.at + size;
    return true;
}

void SftpModel::add(bool is_from_target, const std::string& bytes) {
    Stream& stream = streams_[is_from_target ? 1 : 0];
    stream.bytes += bytes;
    std::string packet;
    std::uint64_t size = 0;
    while (!is_over_ && next(stream, packet, size))
        is_from_target ? answer(packet, size) : request(packet, size);
}

std::size_t SftpModel::held() const {
    std::size_t out = 0;
    for (const Asked& asked : asked_)
        out += asked.path.size() + asked.other.size() + asked.handle.size() + asked.other_handle.size();
    for (const auto& [handle, file] : files_) out += handle.size() + file.path.size();
    return out;
}

void SftpModel::request(const std::string& packet, std::uint64_t size) {
    if (size == 0) return fail("empty");
    const int type = static_cast<unsigned char>(packet[0]);
    if (type == 1 && has_begun_) return fail("begun_again");
    has_begun_ = has_begun_ || type == 1;
    if (type == 1) return;
    const char* short_of = packet.size() == size ? "malformed" : "too_long";
    Reader in{packet, 1};
    Asked asked;
    std::string extension;
    bool is_known = true;
    bool is_writing = true;
    try {
        asked.id = static_cast<std::uint32_t>(in.number(4));
        if (type == 200) extension = in.text();
        const auto known = words.find(type);
        if (known != words.end()) asked.word = known->second;
        if (type == 200 && extensions.contains(extension)) asked.word = extension;
        const bool is_quiet = uninteresting.contains(type) || uninteresting_extensions.contains(extension);
        is_known = !asked.word.empty() || is_quiet || extension == "fsync@openssh.com";
        is_writing = !is_quiet && type != 4 && type != 5;
        const std::string& word = asked.word;
        if (word == "close" || word == "read" || word == "write" || word == "fsetstat" || word == "copy-data")
            asked.handle = in.text();
        else if (word == "symlink")
            asked.other = in.text();
        if (!word.empty() && asked.handle.empty() && word != "close" && word != "read" && word != "write" &&
            word != "fsetstat" && word != "copy-data") {
            asked.path = in.text();
            asked.has_path = true;
        }
        if (word == "rename" || word == "posix-rename@openssh.com" || word == "hardlink@openssh.com")
            asked.other = in.text();
        if (word == "read") (void)(in.number(8) + in.number(4));
        if (word == "write") (void)in.number(8);
        if (word == "write") asked.data = std::min(in.number(4), size - in.at);
        if (word == "copy-data") (void)(in.number(8) + in.number(8));
        if (word == "copy-data") asked.other_handle = in.text();
        if (word == "copy-data") (void)in.number(8);
        if (word == "open") {
            const std::uint64_t flags = in.number(4);
            is_writing = flags != 1;
            asked.sets = "flags" + std::to_string(flags);
        }
        if (word == "open" || word == "mkdir" || word.find("setstat") != std::string::npos)
            asked.sets += in.sets();
    } catch (const Missing&) {
        return fail(short_of, is_known ? extension : "");
    }
    if (!is_known) return fail("unknown_request", extension);
    if (is_reading_only_ && !has_agreed_) return fail("too_early", extension);
    if (is_reading_only_ && is_writing) {
        lines_.push_back("refused " + (extension.empty() ? asked.word : extension) + " " + asked.path);
        is_over_ = true;
        return;
    }
    const std::size_t weight =
        asked.path.size() + asked.other.size() + asked.handle.size() + asked.other_handle.size();
    if (asked_.size() < 2048 && held() + weight <= 512 * 1024) return asked_.push_back(asked);
    fail("too_many_requests");
    tell(asked, "none");
}

void SftpModel::answer(const std::string& packet, std::uint64_t size) {
    if (size == 0) return fail("empty");
    const int type = static_cast<unsigned char>(packet[0]);
    Reader in{packet, 1};
    if (type == 2) {
        if (packet.size() < 5) return fail("malformed");
        const std::uint64_t version = in.number(4);
        has_agreed_ = version == 3;
        if (has_agreed_) return;
        fail("version" + std::to_string(version));
        is_over_ = true;
        return;
    }
    if (!std::set<int>{101, 102, 103, 104, 105, 201}.contains(type)) return fail("unknown_answer");
    if (packet.size() < 5) return fail("malformed");
    const std::uint64_t id = in.number(4);
    const auto found =
        std::find_if(asked_.begin(), asked_.end(), [&](const Asked& asked) { return asked.id == id; });
    if (found == asked_.end()) return;
    const Asked asked = *found;
    asked_.erase(found);
    if (asked.word.empty()) return;
    std::string status = "none";
    try {
        if (type == 101) {
            status = std::to_string(in.number(4));
        } else if (type == 103 && asked.word == "read") {
            const std::uint64_t data = std::min(in.number(4), size - in.at);
            if (files_.contains(asked.handle)) files_[asked.handle].read += data;
        } else if (type == 102 && asked.word == "open") {
            status = "0";
            const std::string handle = in.text();
            files_.erase(handle);
            if (files_.size() < 1024 && held() + handle.size() + asked.path.size() <= 512 * 1024)
                files_[handle] = {asked.path};
            else
                fail("too_many_files");
        } else {
            fail("unexpected_answer");
        }
    } catch (const Missing&) {
        fail(packet.size() == size ? "malformed" : "too_long");
    }
    tell(asked, status);
}

void SftpModel::tell(Asked asked, const std::string& status) {
    if (asked.word.empty() || asked.word == "read") return;
    const auto file = files_.find(asked.handle);
    const bool is_open = file != files_.end();
    if (asked.word == "write") {
        if (is_open && status == "0") file->second.written += asked.data;
        return;
    }
    std::string line = "done " + asked.word + " ";
    if (asked.has_path || is_open) line += "<" + (asked.has_path ? asked.path : file->second.path) + ">";
    if (asked.word == "copy-data" && files_.contains(asked.other_handle))
        asked.other = files_[asked.other_handle].path;
    line += " <" + asked.other + "> " + asked.sets + " " + status;
    if (asked.word == "close") {
        if (!is_open) return;
        line += " " + std::to_string(file->second.read) + " " + std::to_string(file->second.written);
        files_.erase(file);
    }
    lines_.push_back(line);
}

void SftpModel::finish() {
    is_over_ = true;
    std::stable_sort(asked_.begin(), asked_.end(),
                     [](const Asked& a, const Asked& b) { return a.id < b.id; });
    for (const Asked& asked : std::exchange(asked_, {})) tell(asked, "none");
    while (!files_.empty()) {
        Asked close;
        close.word = "close";
        close.handle = files_.begin()->first;
        tell(close, "none");
    }
}

void SftpModel::fail(const std::string& why, const std::string& extension) {
    lines_.push_back("unparsed " + why + " " + extension);
    if (!is_reading_only_ || is_over_) return;
    lines_.push_back("refused unparsed " + extension);
    is_over_ = true;
}

}  // namespace sallyport::fuzz
