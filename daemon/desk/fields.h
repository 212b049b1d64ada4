// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "common/event.h"

namespace sallyport::desk {

/// The members of a body that a client sent, read into an event. Members that are null count as absent; each
/// throws Error{Code::input} that begins with the member's name if it is not what it must be.
class Fields {
 public:
    /// `body` is an object and outlives this.
    explicit Fields(const Json& body) : body_(body) {}

    /// A text of at most `most` bytes; empty if it is absent.
    [[nodiscard]] std::string text(const char* name, std::size_t most = 255) const;
    /// The same, which must be there.
    [[nodiscard]] std::string need(const char* name) const;
    [[nodiscard]] std::optional<std::int64_t> number(const char* name) const;
    [[nodiscard]] bool flag(const char* name) const;
    /// RFC 3339 as events have it.
    [[nodiscard]] std::string time(const char* name) const;
    [[nodiscard]] bool has(const char* name) const;

    /// Put members into an event where they are there; `as` is their name on record, if another.
    void put_texts(Event& event, std::initializer_list<const char*> names, std::size_t most = 255) const;
    void put_text(Event& event, const char* name, const char* as, std::size_t most = 255) const;
    void put_number(Event& event, const char* name, const char* as = nullptr) const;
    void put_flag(Event& event, const char* name, const char* as = nullptr) const;
    void put_time(Event& event, const char* name, const char* as) const;
    /// A list of names: the first 1,000, with `NAME_total` if there are more.
    void put_list(Event& event, const char* name) const;
    /// An object with some of these members, each of its kind; others are passed over.
    enum class Kind { text, number, flag, list };
    struct Member {
        const char* name;
        Kind kind;
    };
    void put_object(Event& event, const char* name, std::initializer_list<Member> members) const;
    /// Anything at all, as its JSON in a text, which no law of the chain forbids.
    void put_as_text(Event& event, const char* name, const char* as) const;

 private:
    [[nodiscard]] const Json* find(const char* name) const;

    const Json& body_;
};

/// A git remote without the name and password that it may hold.
[[nodiscard]] std::string without_credentials(const std::string& remote);

}  // namespace sallyport::desk
