// SPDX-License-Identifier: Apache-2.0
#include "common/event.h"

#include <algorithm>

#include "common/base64.h"
#include "common/digest.h"
#include "common/error.h"
#include "common/escape.h"

namespace sallyport {
namespace {

constexpr std::size_t max_field = 64 * 1024;
constexpr std::size_t max_outside = 128 * 1024;
constexpr std::size_t max_line = 1024 * 1024;
constexpr int max_depth = 8;
constexpr std::int64_t max_integer = (std::int64_t{1} << 53) - 1;

void check_law(const Json& value, int depth) {
    const auto refuse = [](const char* what) {
        throw Error(Code::internal, std::string("an event holds ") + what);
    };
    if (depth > max_depth) refuse("more than 8 levels");
    if (value.is_null() || value.is_number_float() || value.is_binary())
        refuse("a null, a float or binary data");
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(max_integer))
        refuse("a number beyond 2^53-1");
    if (value.is_number_integer() && !value.is_number_unsigned() &&
        (value.get<std::int64_t>() > max_integer || value.get<std::int64_t>() < -max_integer))
        refuse("a number beyond 2^53-1");
    if (value.is_structured())
        for (const auto& item : value) check_law(item, depth + 1);
}

}  // namespace

Event& Event::put(std::string_view name, Json value) {
    members_[std::string(name)] = std::move(value);
    return *this;
}

Event& Event::text(std::string_view name, std::string_view bytes) {
    put_text(members_, name, bytes);
    return *this;
}

Event& Event::text_in(std::string_view object, std::string_view name, std::string_view bytes) {
    Json& inner = members_[std::string(object)];
    if (!inner.is_object()) inner = Json::object();
    put_text(inner, name, bytes);
    return *this;
}

void Event::put_text(Json& object, std::string_view name, std::string_view bytes) {
    const std::string key(name);
    const std::size_t bound = std::min(max_field, max_outside - std::min(max_outside, outside_bytes_));
    bool is_valid = true;
    const std::string text = to_utf8(bytes, &is_valid);
    const std::string_view kept = cut_utf8(text, bound);
    object[key] = std::string(kept);
    outside_bytes_ += kept.size();
    // The raw bytes take their share of the bound as well: base64 is 4/3 of them.
    const std::size_t raw =
        is_valid
            ? 0
            : std::min({bytes.size(), bound, (max_outside - std::min(max_outside, outside_bytes_)) / 4 * 3});
    if (!is_valid) {
        object[key + "_b64"] = to_base64(bytes.substr(0, raw));
        outside_bytes_ += raw / 3 * 4;
    }
    if (kept.size() < text.size() || (!is_valid && raw < bytes.size()))
        object[key + "_sha256"] = sha256_hex(bytes);
}

std::string event_line(const Place& place, const Event& event) {
    Json line = {{"v", 1},
                 {"node", place.node},
                 {"seq", place.seq},
                 {"prev", place.prev},
                 {"time", place.time},
                 {"type", event.type()},
                 {"salt", place.salt}};
    for (const auto& [name, value] : event.members().items()) {
        if (line.contains(name))
            throw Error(Code::internal, "an event has the member " + name + " of its own");
        check_law(value, 2);
        line[name] = value;
    }
    std::string text;
    try {
        text = line.dump();
    } catch (const Json::exception&) {
        throw Error(Code::internal, "an event of type " + event.type() + " holds a text that is not UTF-8");
    }
    if (text.size() > max_line)
        throw Error(Code::internal, "an event of type " + event.type() + " is over 1 MiB");
    return text;
}

std::string event_hash(std::string_view line) {
    return sha256_hex(line);
}

}  // namespace sallyport
