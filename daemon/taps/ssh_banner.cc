// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/ssh_banner.h"

#include <algorithm>
#include <string_view>

#include "common/error.h"

namespace sallyport::taps {
namespace {

bool has_version_line(std::string_view text) {
    for (std::size_t at = text.find("SSH-"); at != std::string_view::npos; at = text.find("SSH-", at + 1)) {
        const bool is_line = at == 0 || text[at - 1] == '\n';
        const std::string_view rest = text.substr(at + 4);
        if (is_line && (rest.starts_with("2.0-") || rest.starts_with("1."))) return true;
    }
    return false;
}

}  // namespace

void SshBanner::observe(relay::Direction direction, ssh::Stream, std::span<const std::byte> bytes) {
    std::string& begun = begun_[direction == relay::Direction::to_target ? 0 : 1];
    if (is_done_ || begun.size() >= looked_at) return;
    const std::size_t count = std::min(bytes.size(), looked_at - begun.size());
    begun.append(reinterpret_cast<const char*>(bytes.data()), count);
    if (!has_version_line(begun)) return;
    is_done_ = true;
    if (!seen_(direction)) throw Error(Code::denied, "SSH inside a forward is not permitted here");
}

}  // namespace sallyport::taps
