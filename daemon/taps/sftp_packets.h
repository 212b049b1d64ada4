// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sallyport::taps {

/// Finds the packets in one direction of an SFTP stream (draft-ietf-secsh-filexfer-02 §3), in whatever pieces
/// it comes. Of each packet the head alone is held; the data of a file, and all beyond the bound, is passed
/// over by its length.
class SftpPackets {
 public:
    static constexpr std::size_t max_head = 40 * 1024;  // more than the 34,000 bytes that every server takes
    static constexpr std::size_t max_handle = 256;      // bytes, by the protocol

    struct Packet {
        std::uint8_t type = 0;
        std::uint32_t size = 0;  // of the whole, with its type; 0: there is none, not even a type
        std::string_view head;   // what follows the type, as far as it is held; valid within the call
        [[nodiscard]] bool is_whole() const { return size == head.size() + 1; }
    };

    /// Calls `found` for each packet whose head is complete with these bytes, before its last byte was taken.
    void take(std::string_view bytes, const std::function<void(const Packet&)>& found);

 private:
    [[nodiscard]] std::size_t needed() const;

    std::string held_;        // length, type and head of the packet that is being read
    std::uint64_t skip_ = 0;  // bytes of it that are still to come and not held
};

}  // namespace sallyport::taps
