// SPDX-License-Identifier: Apache-2.0
// Packets, good and bad, and plain garbage from both sides, in random pieces: the reader tells what a model
// tells that holds everything and reads each packet whole.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "daemon/taps/sftp_reader.h"
#include "tests/fuzz/sftp/sftp_model.h"
#include "tests/unit/taps/sftp_wire.h"

namespace {

using namespace sallyport;
using namespace sallyport::taps;
using namespace sallyport::taps::sftp;

/// Takes choices out of the fuzzer's bytes; zeros once they are used up.
class Dice {
 public:
    Dice(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
    [[nodiscard]] bool has_more() const { return left_ > 0; }
    std::uint8_t next() {
        if (left_ == 0) return 0;
        --left_;
        return *data_++;
    }
    std::string raw(std::size_t count) {
        std::string out;
        while (count-- > 0) out += static_cast<char>(next());
        return out;
    }

 private:
    const std::uint8_t* data_;
    std::size_t left_;
};

std::string name(Dice& dice) {
    const std::uint8_t much = dice.next();
    const std::size_t size = much < 254 ? much % 4 : std::size_t{much - 253U} * 25000;
    return std::string(size, static_cast<char>('a' + much % 3));
}

std::string handle(Dice& dice) {
    return std::string(dice.next() % 8 == 0 ? 257 : 1, static_cast<char>('0' + dice.next() % 3));
}

std::string attributes(Dice& dice) {
    return u32(dice.next() % 16) + dice.raw(dice.next() % 33);
}

/// One packet that an operator sends, now and then with a wrong length.
std::string request(Dice& dice) {
    static const std::vector<std::string> extensions = {"posix-rename@openssh.com",
                                                        "hardlink@openssh.com",
                                                        "lsetstat@openssh.com",
                                                        "copy-data",
                                                        "fsync@openssh.com",
                                                        "statvfs@openssh.com",
                                                        "no-such"};
    static const std::vector<std::uint8_t> usual = {3, 4, 5, 6, 6, 3};  // what belongs together comes often
    const std::uint8_t chosen = dice.next() % 32;
    const std::uint8_t type = chosen < 22 ? chosen : usual[chosen % usual.size()];
    const std::string id = u32(dice.next() % 4);
    switch (type) {
        case 0: {
            const std::string& extension = extensions[dice.next() % extensions.size()];
            std::string fields = extension == "copy-data"
                                     ? str(handle(dice)) + u64(0) + u64(1) + str(handle(dice)) + u64(0)
                                     : str(name(dice)) + str(name(dice)) + attributes(dice);
            return packet(Type::extended, id + str(extension) + fields);
        }
        case 1:
            return packet(Type::init, u32(dice.next() % 7));
        case 3:
            return packet(Type::open, id + str(name(dice)) + u32(dice.next() % 4) + attributes(dice));
        case 5:
            return packet(Type::read, id + str(handle(dice)) + u64(0) + u32(dice.next()));
        case 6:
            return packet(Type::write, id + str(handle(dice)) + u64(0) + str(dice.raw(dice.next() % 64)));
        case 4:
        case 10:
            return packet(static_cast<Type>(type), id + str(handle(dice)) + attributes(dice));
        case 21:
            return packet(static_cast<Type>(dice.next()), dice.raw(dice.next() % 32));
        default:
            return packet(static_cast<Type>(type), id + str(name(dice)) + str(name(dice)) + attributes(dice));
    }
}

std::string answer_of(Dice& dice) {
    const std::uint8_t type = dice.next() % 8;
    const std::string id = u32(dice.next() % 4);
    if (type == 0) return packet(Type::version, u32(dice.next() % 8 == 0 ? 6 : 3));
    if (type == 1) return packet(Type::handle, id + str(handle(dice)));
    if (type == 2) return packet(Type::data, id + u32(dice.next() % 4 == 0 ? UINT32_MAX : 9) + dice.raw(9));
    if (type == 3) return packet(static_cast<Type>(dice.next()), id + dice.raw(dice.next() % 8));
    return sftp::answer(static_cast<std::uint32_t>(dice.next() % 4), dice.next() % 3);
}

std::string sets_of(const FileDeed& deed) {
    const FileAttributes& set = deed.attributes;
    std::string out = deed.deed == Deed::open ? "flags" + std::to_string(deed.flags) : "";
    if (set.size) out += "size" + std::to_string(*set.size);
    if (set.uid) out += "uid" + std::to_string(*set.uid);
    if (set.gid) out += "gid" + std::to_string(*set.gid);
    if (set.permissions) out += "permissions" + std::to_string(*set.permissions);
    if (set.atime) out += "atime" + std::to_string(*set.atime);
    if (set.mtime) out += "mtime" + std::to_string(*set.mtime);
    return out;
}

SftpReader::Report into(std::vector<std::string>& lines) {
    return {[&lines](const FileDeed& deed) {
                std::string line = "done " + std::string(deed.request) + " ";
                if (deed.path) line += "<" + *deed.path + ">";
                line += " <" + deed.other.value_or("") + "> " + sets_of(deed) + " ";
                line += deed.status ? std::to_string(*deed.status) : "none";
                if (deed.deed == Deed::close)
                    line += " " + std::to_string(deed.bytes_read) + " " + std::to_string(deed.bytes_written);
                lines.push_back(line);
            },
            [&lines](const SftpUnparsed& what) {
                const std::string version = what.version ? std::to_string(*what.version) : "";
                lines.push_back("unparsed " + std::string(what.reason) + version + " " + what.extension);
            },
            [&lines](const SftpRefused& what) {
                lines.push_back("refused " + std::string(what.is_unparsed ? "unparsed " : "") + what.request +
                                (what.is_unparsed ? "" : " " + what.path));
            }};
}

void feed(SftpReader& reader, bool is_from_target, std::string_view bytes, Dice& dice) {
    const std::size_t piece =
        dice.next() % 4 == 0 ? bytes.size() + 1 : 1 + dice.next() % 16 + (bytes.size() > 4096 ? 4096 : 0);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const std::string_view part = bytes.substr(at, piece);
        is_from_target ? reader.from_target(part) : reader.from_operator(part);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Dice dice(data, std::min<std::size_t>(size, 4096));
    const bool is_reading_only = dice.next() % 3 == 0;
    std::vector<std::string> lines;
    SftpReader reader(is_reading_only ? SftpReader::Mode::reading_only : SftpReader::Mode::anything,
                      into(lines));
    fuzz::SftpModel model(is_reading_only);
    while (dice.has_more()) {
        const std::uint8_t what = dice.next();
        const bool is_from_target = what % 2 == 0;
        std::string bytes = is_from_target ? answer_of(dice) : request(dice);
        if (what >= 250) bytes = dice.raw(what % 8);                 // garbage
        if (what == 249) bytes[3] = static_cast<char>(dice.next());  // a wrong length
        model.add(is_from_target, bytes);
        feed(reader, is_from_target, bytes, dice);
    }
    reader.finish();
    model.finish();
    if (lines != model.lines()) std::abort();
    return 0;
}
