// SPDX-License-Identifier: Apache-2.0
#include "common/checkpoint.h"

#include <charconv>
#include <sstream>

namespace sallyport {

namespace {

std::string signed_place(const char* form, const std::string& node, const Head& before,
                         const std::string& time) {
    return std::string(form) + "\n" + node + "\n" + std::to_string(before.seq) + "\n" + before.hash + "\n" +
           time + "\n";
}

}  // namespace

std::string checkpoint_text(const std::string& node, const Head& before, const std::string& time) {
    return signed_place("sallyport-checkpoint/1", node, before, time);
}

std::string key_change_text(const std::string& node, const Head& before, const std::string& time,
                            const std::string& public_line) {
    return signed_place("sallyport-key-change/1", node, before, time) + public_line + "\n";
}

std::string anchor_line(const Anchor& anchor) {
    return "sallyport-anchor/1 " + anchor.node + " " + std::to_string(anchor.head.seq) + " " +
           anchor.head.hash + " " + anchor.time;
}

std::optional<Anchor> parse_anchor(std::string_view line) {
    std::istringstream words{std::string(line)};
    words.exceptions(std::ios::badbit);
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
