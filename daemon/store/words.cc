// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/words.h"

#include <algorithm>
#include <sstream>

#include "common/error.h"
#include "common/escape.h"
#include "daemon/store/projection.h"

namespace sallyport::store {
namespace {

constexpr std::size_t max_text = 8 * 1024;
constexpr std::size_t max_asked = 16;  // words of a question

// The rest is found by type and time, or says nothing of its own: an end has the id of its start.
constexpr std::string_view searched[] = {"access.denied",  "action_run.",           "activity.",
                                         "channel.start",  "cli_instance.",         "file.",
                                         "forward.open",   "ssh_session.start",     "workspace_sync",
                                         "config.refused", "ssh_session.terminated"};
constexpr std::string_view passed_over[] = {"v",   "node", "prev", "time",   "type",           "salt",
                                            "key", "jump", "env",  "client", "policy_version", "flags"};

bool is_passed_over(const std::string& name) {
    const auto ends = [&](std::string_view end) { return name.ends_with(end); };
    return ends("_id") || ends("_sha256") || ends("_b64") || ends("_at") || ends("digest") ||
           std::find(std::begin(passed_over), std::end(passed_over), name) != std::end(passed_over);
}

void add(const Json& value, std::string& out) {
    if (out.size() >= max_text) return;
    if (value.is_string())
        out += value.get_ref<const std::string&>() + "\n";
    else if (value.is_array())
        for (const Json& item : value) add(item, out);
    else if (value.is_object())
        for (const auto& [name, item] : value.items())
            if (!is_passed_over(name)) add(item, out);
}

}  // namespace

std::string words_of(const Json& event) {
    const std::string& type = type_of(event);
    const auto begins = [&](std::string_view begin) { return type.starts_with(begin); };
    if (std::none_of(std::begin(searched), std::end(searched), begins)) return {};
    std::string out;
    add(event, out);
    return std::string(cut_utf8(out, max_text));
}

std::string words_asked(const std::string& text) {
    // What reads the question ends at a NUL; no control character is a word or stands in one.
    std::string words = text;
    std::replace_if(
        words.begin(), words.end(), [](unsigned char c) { return c < ' '; }, ' ');
    std::istringstream in(words);
    std::string out;
    std::size_t count = 0;
    for (std::string word; in >> word && count < max_asked; ++count) {
        const bool may_go_on = word.ends_with('*');
        if (may_go_on) word.pop_back();
        out += out.empty() ? "\"" : " \"";
        for (const char c : word) out += c == '"' ? std::string("\"\"") : std::string(1, c);
        out += may_go_on ? "\"*" : "\"";
    }
    if (out.empty()) throw Error(Code::input, "q: write a word that is to be found");
    return out;
}

void Words::put(std::uint64_t seq, const Json& event) {
    const std::string text = words_of(event);
    if (text.empty()) return;
    Statement put(db_, "INSERT INTO words(rowid, text) VALUES(?, ?)");
    put.bind(1, static_cast<std::int64_t>(seq)).bind(2, text).finish();
}

}  // namespace sallyport::store
