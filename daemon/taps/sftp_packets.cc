// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/sftp_packets.h"

#include <algorithm>

#include "daemon/taps/sftp_words.h"

namespace sallyport::taps {
namespace {

constexpr std::size_t prefix = 5;            // length and type
constexpr std::size_t usual_capacity = 512;  // what an idle channel may go on holding

/// How much of the head is wanted, by as much of it as is here.
std::size_t wanted(std::uint8_t type, std::string_view head) {
    const auto packet = static_cast<sftp::Type>(type);
    if (packet == sftp::Type::data) return 8;  // id and length
    if (packet != sftp::Type::write) return SftpPackets::max_head;
    if (head.size() < 8) return 8;  // id and length of the handle
    return 8 + std::min<std::size_t>(sftp::number(head.substr(4)), SftpPackets::max_handle) + 12;
}

}  // namespace

std::size_t SftpPackets::needed() const {
    if (held_.size() < 4) return 4;
    const std::uint32_t size = sftp::number(held_);
    if (size == 0) return 4;
    if (held_.size() < prefix) return prefix;
    const std::string_view head = std::string_view(held_).substr(prefix);
    return prefix + std::min<std::size_t>(size - 1, wanted(static_cast<std::uint8_t>(held_[4]), head));
}

void SftpPackets::take(std::string_view bytes, const std::function<void(const Packet&)>& found) {
    while (!bytes.empty()) {
        const std::size_t passed = std::min<std::uint64_t>(skip_, bytes.size());
        skip_ -= passed;
        bytes.remove_prefix(passed);
        const std::size_t count = std::min(needed() - held_.size(), bytes.size());
        held_.append(bytes.substr(0, count));
        bytes.remove_prefix(count);
        if (held_.size() < 4) continue;
        const std::uint32_t size = sftp::number(held_);
        if (held_.size() < needed()) continue;
        Packet packet{0, size, {}};
        if (size > 0) {
            packet.type = static_cast<std::uint8_t>(held_[4]);
            packet.head = std::string_view(held_).substr(prefix);
            skip_ = size - 1 - packet.head.size();
        }
        found(packet);
        held_.clear();
        if (held_.capacity() > usual_capacity) std::string().swap(held_);
    }
}

}  // namespace sallyport::taps
