// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/fields.h"

#include <algorithm>

#include "common/clock.h"
#include "common/error.h"
#include "common/escape.h"

namespace sallyport::desk {
namespace {

constexpr std::int64_t most_number = (std::int64_t{1} << 53) - 1;  // as the chain has them
constexpr std::size_t max_list = 1000;
constexpr std::size_t max_name = 255;
constexpr std::size_t max_member = 1024;  // of a text within an object
constexpr std::size_t max_as_text = 16 * 1024;

[[noreturn]] void refuse(const std::string& name, const char* what) {
    throw Error(Code::input, name + ": " + what);
}

std::string text_of(const Json& value, const std::string& name, std::size_t most) {
    if (!value.is_string()) refuse(name, "write a text");
    std::string out = value.get<std::string>();
    if (out.size() > most) refuse(name, ("at most " + std::to_string(most) + " bytes").c_str());
    return out;
}

std::int64_t number_of(const Json& value, const std::string& name) {
    // Durations come with a fraction from some clients.
    if (value.is_number_float() && value >= 0.0 && value < 1e15)
        return static_cast<std::int64_t>(value.get<double>());
    if (!value.is_number_integer() || value > most_number || value < -most_number)
        refuse(name, "write a whole number");
    return value.get<std::int64_t>();
}

Json names_of(const Json& list, const std::string& name) {
    if (!list.is_array()) refuse(name, "write a list");
    Json out = Json::array();
    for (std::size_t i = 0; i < std::min(list.size(), max_list); ++i)
        out.push_back(to_utf8(text_of(list[i], name, max_name)));
    return out;
}

Json member_of(const Json& value, const std::string& name, Fields::Kind kind) {
    switch (kind) {
        case Fields::Kind::text: {
            const std::string text = text_of(value, name, max_member);
            return to_utf8(name.ends_with(".remote") ? without_credentials(text) : text);
        }
        case Fields::Kind::number:
            return number_of(value, name);
        case Fields::Kind::flag:
            if (!value.is_boolean()) refuse(name, "write true or false");
            return value;
        case Fields::Kind::list:
            return names_of(value, name);
    }
    return nullptr;
}

}  // namespace

const Json* Fields::find(const char* name) const {
    const auto at = body_.find(name);
    return at == body_.end() || at->is_null() ? nullptr : &*at;
}

bool Fields::has(const char* name) const {
    return find(name) != nullptr;
}

std::string Fields::text(const char* name, std::size_t most) const {
    const Json* value = find(name);
    return value == nullptr ? std::string() : text_of(*value, name, most);
}

std::string Fields::need(const char* name) const {
    std::string out = text(name);
    if (out.empty()) refuse(name, "this field is required.");
    return out;
}

std::optional<std::int64_t> Fields::number(const char* name) const {
    const Json* value = find(name);
    if (value == nullptr) return std::nullopt;
    return number_of(*value, name);
}

bool Fields::flag(const char* name) const {
    const Json* value = find(name);
    if (value != nullptr && !value->is_boolean()) refuse(name, "write true or false");
    return value != nullptr && value->get<bool>();
}

std::string Fields::time(const char* name) const {
    const std::string written = text(name);
    if (written.empty()) return written;
    const auto read = from_rfc3339(written);
    if (!read) refuse(name, "write a time such as 2026-03-24T10:12:03Z");
    return to_rfc3339(*read);
}

void Fields::put_text(Event& event, const char* name, const char* as, std::size_t most) const {
    const std::string value = text(name, most);
    if (!value.empty()) event.text(as, value);
}

void Fields::put_texts(Event& event, std::initializer_list<const char*> names, std::size_t most) const {
    for (const char* name : names) put_text(event, name, name, most);
}

void Fields::put_number(Event& event, const char* name, const char* as) const {
    if (const auto value = number(name)) event.put(as == nullptr ? name : as, *value);
}

void Fields::put_flag(Event& event, const char* name, const char* as) const {
    if (has(name)) event.put(as == nullptr ? name : as, flag(name));
}

void Fields::put_time(Event& event, const char* name, const char* as) const {
    const std::string value = time(name);
    if (!value.empty()) event.put(as, value);
}

void Fields::put_list(Event& event, const char* name) const {
    const Json* value = find(name);
    if (value == nullptr) return;
    event.put(name, names_of(*value, name));
    if (value->size() > max_list) event.put(std::string(name) + "_total", value->size());
}

void Fields::put_object(Event& event, const char* name, std::initializer_list<Member> members) const {
    const Json* value = find(name);
    if (value == nullptr) return;
    if (!value->is_object()) refuse(name, "write an object");
    Json out = Json::object();
    for (const Member& member : members) {
        const auto at = value->find(member.name);
        if (at == value->end() || at->is_null()) continue;
        out[member.name] = member_of(*at, std::string(name) + "." + member.name, member.kind);
    }
    event.put(name, std::move(out));
}

void Fields::put_as_text(Event& event, const char* name, const char* as) const {
    const Json* value = find(name);
    if (value == nullptr) return;
    const std::string text = value->dump(-1, ' ', false, Json::error_handler_t::replace);
    event.text(as, cut_utf8(text, max_as_text));
}

std::string without_credentials(const std::string& remote) {
    const std::size_t scheme = remote.find("://");
    if (scheme == std::string::npos) return remote;  // USER@HOST:PATH has no password
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(remote.find('/', begin), remote.size());
    const std::size_t at = remote.rfind('@', end);
    if (at == std::string::npos || at < begin) return remote;
    return remote.substr(0, begin) + remote.substr(at + 1);
}

}  // namespace sallyport::desk
