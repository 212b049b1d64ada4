// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/sftp_words.h"

#include <algorithm>
#include <array>

namespace sallyport::taps::sftp {
namespace {

// Where nothing is on record of a request that only reads, its fields are not looked at.
// SYMLINK names the target first, as OpenSSH and all who talk to it do, and not as the draft has it.
constexpr std::array shapes = {
    Shape{Type::open, "open", Deed::open, "pfa", false},
    Shape{Type::close, "close", Deed::close, "h", false},
    Shape{Type::read, "read", Deed::read, "h84", false},
    Shape{Type::write, "write", Deed::write, "h8d", true},
    Shape{Type::lstat, "lstat", Deed::none, "", false},
    Shape{Type::fstat, "fstat", Deed::none, "", false},
    Shape{Type::setstat, "setstat", Deed::setstat, "pa", true},
    Shape{Type::fsetstat, "fsetstat", Deed::setstat, "ha", true},
    Shape{Type::opendir, "opendir", Deed::none, "", false},
    Shape{Type::readdir, "readdir", Deed::none, "", false},
    Shape{Type::remove, "remove", Deed::remove, "p", true},
    Shape{Type::mkdir, "mkdir", Deed::mkdir, "pa", true},
    Shape{Type::rmdir, "rmdir", Deed::rmdir, "p", true},
    Shape{Type::realpath, "realpath", Deed::none, "", false},
    Shape{Type::stat, "stat", Deed::none, "", false},
    Shape{Type::rename, "rename", Deed::rename, "pq", true},
    Shape{Type::readlink, "readlink", Deed::none, "", false},
    Shape{Type::symlink, "symlink", Deed::symlink, "qp", true},
    Shape{Type::extended, "posix-rename@openssh.com", Deed::rename, "pq", true},
    Shape{Type::extended, "hardlink@openssh.com", Deed::hardlink, "pq", true},
    Shape{Type::extended, "lsetstat@openssh.com", Deed::setstat, "pa", true},
    Shape{Type::extended, "copy-data", Deed::copy, "h88g8", true},
    Shape{Type::extended, "fsync@openssh.com", Deed::none, "", true},
    Shape{Type::extended, "statvfs@openssh.com", Deed::none, "", false},
    Shape{Type::extended, "fstatvfs@openssh.com", Deed::none, "", false},
    Shape{Type::extended, "limits@openssh.com", Deed::none, "", false},
    Shape{Type::extended, "expand-path@openssh.com", Deed::none, "", false},
    Shape{Type::extended, "home-directory", Deed::none, "", false},
    Shape{Type::extended, "users-groups-by-id@openssh.com", Deed::none, "", false},
};

}  // namespace

const Shape* find_shape(std::uint8_t type, std::string_view extension) {
    const auto* found = std::find_if(shapes.begin(), shapes.end(), [&](const Shape& shape) {
        return static_cast<std::uint8_t>(shape.type) == type &&
               (shape.type != Type::extended || shape.word == extension);
    });
    return found == shapes.end() ? nullptr : found;
}

std::uint32_t number(std::string_view bytes) {
    std::uint32_t out = 0;
    for (char byte : bytes.substr(0, 4)) out = out << 8U | static_cast<unsigned char>(byte);
    return out;
}

std::string_view Fields::bytes(std::size_t count) {
    is_good_ = is_good_ && count <= left_.size();
    if (!is_good_) return {};
    const std::string_view out = left_.substr(0, count);
    left_.remove_prefix(count);
    return out;
}

std::uint32_t Fields::u32() {
    return number(bytes(4));
}

std::uint64_t Fields::u64() {
    const std::uint64_t high = u32();
    return high << 32U | u32();
}

std::string_view Fields::string() {
    return bytes(u32());
}

FileAttributes Fields::attributes() {
    FileAttributes out;
    const std::uint32_t flags = u32();
    if ((flags & 1U) != 0) out.size = u64();
    if ((flags & 2U) != 0) {
        out.uid = u32();
        out.gid = u32();
    }
    if ((flags & 4U) != 0) out.permissions = u32();
    if ((flags & 8U) != 0) {
        out.atime = u32();
        out.mtime = u32();
    }
    return out;
}

}  // namespace sallyport::taps::sftp
