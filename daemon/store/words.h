// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/event.h"
#include "daemon/store/sqlite.h"

namespace sallyport::store {

/// What free text finds in an event: the strings of its members, without ids, digests and keys, 8 KiB at
/// most; empty for what nobody looks for by its text.
[[nodiscard]] std::string words_of(const Json& event);

/// What somebody asks for, as the index is asked: every word must be there, and one with a * at its end may
/// go on. Nothing in it is read as an operator. Throws Error{Code::input} if it has no word.
[[nodiscard]] std::string words_asked(const std::string& text);

/// The index of free text.
class Words {
 public:
    explicit Words(const Database& db) : db_(db) {}
    void put(std::uint64_t seq, const Json& event);

 private:
    const Database& db_;
};

}  // namespace sallyport::store
