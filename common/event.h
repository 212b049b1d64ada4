// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sallyport {

/// JSON whose members keep the order in which they were put.
using Json = nlohmann::ordered_json;

/// One fact on its way to the chain: its type and the members that the type brings (docs/events.md).
/// Outside strings enter by `text`, which keeps the bounds of docs/events.md; everything else by `put`.
class Event {
 public:
    explicit Event(std::string type) : type_(std::move(type)) {}

    /// A member of ours: ids, names from our own files, integers, booleans, times, objects of such.
    Event& put(std::string_view name, Json value);
    /// A string from outside: invalid UTF-8 becomes U+FFFD with the raw bytes in `NAME_b64`; over 64 KiB
    /// (all of one event: 128 KiB) it is cut and `NAME_sha256` has the whole.
    Event& text(std::string_view name, std::string_view bytes);
    /// The same inside a member object `object` (made if absent), e.g. text_in("client", "version", …).
    Event& text_in(std::string_view object, std::string_view name, std::string_view bytes);

    [[nodiscard]] const std::string& type() const noexcept { return type_; }
    [[nodiscard]] const Json& members() const noexcept { return members_; }
    /// How much of it came from outside: what a peer can make it weigh.
    [[nodiscard]] std::size_t outside_bytes() const noexcept { return outside_bytes_; }

 private:
    void put_text(Json& object, std::string_view name, std::string_view bytes);

    std::string type_;
    Json members_ = Json::object();
    std::size_t outside_bytes_ = 0;
};

/// What the one writer adds to an event when it gets its place in the chain.
struct Place {
    std::string node;
    std::uint64_t seq = 0;
    std::string prev;  // 64 lower-case hex digits
    std::string time;  // RFC 3339
    std::string salt;  // 32 lower-case hex digits
};

/// The line of an event, without newline: UTF-8, `v` first. Throws Error{Code::internal} if it breaks the
/// format's law.
[[nodiscard]] std::string event_line(const Place& place, const Event& event);

/// The hash of a line: lower-case hex SHA-256.
[[nodiscard]] std::string event_hash(std::string_view line);

}  // namespace sallyport
