// SPDX-License-Identifier: Apache-2.0
// Free text that somebody asks for: never an operator or a fault of the index, and every plain word of an
// event finds it.
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "common/error.h"
#include "common/escape.h"
#include "daemon/store/words.h"

namespace {

using namespace sallyport;
using namespace sallyport::store;

bool finds(const Database& db, const std::string& asked) {
    Statement get(db, "SELECT rowid FROM words WHERE words MATCH ?");
    return get.bind(1, asked).step();
}

bool is_plain(const std::string& word) {
    for (const char c : word)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) return false;
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Database db("", Database::Mode::write);
    static const bool is_made = [] {
        db.run("CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='unicode61')");
        return true;
    }();
    (void)is_made;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const Json event = {{"type", "channel.start"}, {"command", to_utf8(text)}};
    Words index(db);
    index.put(1, event);
    try {
        (void)finds(db, words_asked(text));
    } catch (const Error& error) {
        if (error.code() != Code::input) std::abort();
    }
    std::istringstream words(words_of(event));
    for (std::string word; words >> word;)
        if (is_plain(word) && !finds(db, words_asked(word))) std::abort();
    db.run("INSERT INTO words(words) VALUES('delete-all')");
    if (finds(db, "\"start\"")) std::abort();
    return 0;
}
