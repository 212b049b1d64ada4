// SPDX-License-Identifier: Apache-2.0
#include "config/python_text.h"

#include <algorithm>

namespace sallyport {
namespace {

struct Break {
    std::string_view bytes;
    bool ends_line;
};

// The longer of two that begin alike stands first.
constexpr Break spaces[] = {
    {"\r\n", true},
    {"\n", true},
    {"\r", true},
    {"\v", true},
    {"\f", true},
    {"\x1c", true},
    {"\x1d", true},
    {"\x1e", true},
    {"\xc2\x85", true},
    {"\xe2\x80\xa8", true},
    {"\xe2\x80\xa9", true},
    {" ", false},
    {"\t", false},
    {"\x1f", false},
    {"\xc2\xa0", false},
    {"\xe1\x9a\x80", false},
    {"\xe2\x80\x80", false},
    {"\xe2\x80\x81", false},
    {"\xe2\x80\x82", false},
    {"\xe2\x80\x83", false},
    {"\xe2\x80\x84", false},
    {"\xe2\x80\x85", false},
    {"\xe2\x80\x86", false},
    {"\xe2\x80\x87", false},
    {"\xe2\x80\x88", false},
    {"\xe2\x80\x89", false},
    {"\xe2\x80\x8a", false},
    {"\xe2\x80\xaf", false},
    {"\xe2\x81\x9f", false},
    {"\xe3\x80\x80", false},
};

const Break* break_at(std::string_view text) {
    for (const Break& space : spaces)
        if (text.starts_with(space.bytes)) return &space;
    return nullptr;
}

}  // namespace

std::vector<std::string_view> python_lines(std::string_view text) {
    std::vector<std::string_view> out;
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const Break* found = byte < 0x20 || byte >= 0x80 ? break_at(text.substr(at)) : nullptr;
        const bool ends_line = found != nullptr && found->ends_line;
        if (ends_line) out.push_back(text.substr(start, at - start));
        at += found != nullptr ? found->bytes.size() : 1;
        if (ends_line) start = at;
    }
    if (start < text.size()) out.push_back(text.substr(start));
    return out;
}

std::size_t space_at(std::string_view text) {
    const Break* found = break_at(text);
    return found != nullptr ? found->bytes.size() : 0;
}

std::string_view python_strip(std::string_view text) {
    for (std::size_t size; (size = space_at(text)) > 0;) text.remove_prefix(size);
    const auto is_at_the_end = [&](const Break& space) { return text.ends_with(space.bytes); };
    for (const Break* found;
         (found = std::find_if(std::begin(spaces), std::end(spaces), is_at_the_end)) != std::end(spaces);)
        text.remove_suffix(found->bytes.size());
    return text;
}

std::optional<std::vector<std::string>> shell_words(std::string_view line) {
    std::vector<std::string> out;
    std::string word;
    bool is_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote == '\'' && c != '\'') {
            word += c;
        } else if (c == '\\') {
            if (++i == line.size()) return std::nullopt;
            if (quote == '"' && line[i] != '"' && line[i] != '\\') word += '\\';
            word += line[i];
            is_word = true;
        } else if (quote != 0) {
            if (c == quote)
                quote = 0;
            else
                word += c;
        } else if (c == '"' || c == '\'') {
            quote = c;
            is_word = true;
        } else if (c == '#') {
            break;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            if (is_word) out.push_back(std::move(word));
            word.clear();
            is_word = false;
        } else {
            word += c;
            is_word = true;
        }
    }
    if (quote != 0) return std::nullopt;
    if (is_word) out.push_back(std::move(word));
    return out;
}

}  // namespace sallyport
