// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::taps {

/// What a client asks to set of a file; what is absent stays as it is.
struct FileAttributes {
    std::optional<std::uint64_t> size;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
    std::optional<std::uint32_t> permissions;
    std::optional<std::uint32_t> atime;  // seconds since 1970
    std::optional<std::uint32_t> mtime;
};

/// The words of SFTP version 3 (draft-ietf-secsh-filexfer-02) and of OpenSSH's extensions (its file PROTOCOL,
/// section 4).
namespace sftp {

enum class Type : std::uint8_t {
    init = 1,
    version = 2,
    open = 3,
    close = 4,
    read = 5,
    write = 6,
    lstat = 7,
    fstat = 8,
    setstat = 9,
    fsetstat = 10,
    opendir = 11,
    readdir = 12,
    remove = 13,
    mkdir = 14,
    rmdir = 15,
    realpath = 16,
    stat = 17,
    rename = 18,
    readlink = 19,
    symlink = 20,
    status = 101,
    handle = 102,
    data = 103,
    name = 104,
    attrs = 105,
    extended = 200,
    extended_reply = 201,
};

constexpr std::uint32_t read_only = 1;  // the one set of flags of an open that writes nothing

/// What a request does, as far as the record asks.
enum class Deed {
    open,
    close,
    rename,
    remove,
    mkdir,
    rmdir,
    setstat,
    symlink,
    hardlink,
    copy,
    read,
    write,
    none
};

/// One request: what it does, and what it brings after its id.
struct Shape {
    Type type;
    std::string_view word;  // as events name it; of an extension its full name
    Deed deed;
    std::string_view fields;  // p path, q second path, h handle, g second handle, f flags, a attributes, d
                              // data, 4 and 8 a number of so many bytes that nobody asks for
    bool is_writing;          // whether it changes something; an open by its flags
};
/// The shape of a request, by its type and, where it is an extension, its name; null for one that is unknown.
[[nodiscard]] const Shape* find_shape(std::uint8_t type, std::string_view extension);

/// The big-endian number at the beginning of at least four bytes.
[[nodiscard]] std::uint32_t number(std::string_view bytes);

/// Takes the fields of a packet one after the other; once one is not whole, all that follow are absent.
class Fields {
 public:
    explicit Fields(std::string_view bytes) : left_(bytes) {}
    [[nodiscard]] std::uint32_t u32();
    [[nodiscard]] std::uint64_t u64();
    [[nodiscard]] std::string_view string();
    [[nodiscard]] FileAttributes attributes();
    [[nodiscard]] bool is_good() const { return is_good_; }

 private:
    [[nodiscard]] std::string_view bytes(std::size_t count);

    std::string_view left_;
    bool is_good_ = true;
};

}  // namespace sftp
}  // namespace sallyport::taps
