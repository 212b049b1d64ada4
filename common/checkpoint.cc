// SPDX-License-Identifier: Apache-2.0
#include "common/checkpoint.h"

#include <charconv>
#include <sstream>

namespace sallyport {

std::string checkpoint_text(const std::string& node, const Head& before, const std::string& time) {
    return "sallyport-checkpoint/1\n" + node + "\n" + std::to_string(before.seq) + "\n" + before.hash + "\n" +
           time + "\n";
}

std::string anchor_line(const Anchor& anchor) {
    return "sallyport-anchor/1 " + anchor.node + " " + std::to_string(anchor.head.seq) + " " +
           anchor.head.hash + " " + anchor.time;
}

std::optional<Anchor> parse_anchor(std::string_view line) {
    std::istringstream words{std::string(line)};
    std::string form;
    std::string seq;
    Anchor out;
    words >> form >> out.node >> seq >> out.head.hash >> out.time;
    const auto [end, error] = std::from_chars(seq.data(), seq.data() + seq.size(), out.head.seq);
    if (form != "sallyport-anchor/1" || error != std::errc() || end != seq.data() + seq.size())
        return std::nullopt;
    if (out.head.hash.size() != 64 || out.time.empty()) return std::nullopt;
    return out;
}

}  // namespace sallyport
