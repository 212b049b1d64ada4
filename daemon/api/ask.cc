// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/ask.h"

#include <charconv>

#include "common/clock.h"
#include "common/json.h"
#include "daemon/api/answer.h"

namespace sallyport::api {
namespace {

constexpr std::size_t usual_page = 100;

std::string encoded(const std::string& text) {
    std::string out;
    char escape[8];
    for (const char c : text) {
        const bool is_plain =
            std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
        std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
        out += is_plain ? std::string(1, c) : escape;
    }
    return out;
}

}  // namespace

std::string Ask::query(const char* name) const {
    const auto at = request.query.find(name);
    return at == request.query.end() ? std::string() : at->second;
}

std::string Ask::time(const char* name) const {
    const std::string text = query(name);
    if (text.empty()) return text;
    const auto read = from_rfc3339(text);
    if (!read) throw Error(Code::input, std::string(name) + ": write a time such as 2026-03-24T10:12:03Z");
    return to_rfc3339(*read);
}

std::size_t Ask::number(const char* name, std::size_t usual, std::size_t most) const {
    const std::string text = query(name);
    std::size_t value = usual;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (!text.empty() && (read.ec != std::errc() || read.ptr != end || value == 0))
        throw Error(Code::input, std::string(name) + ": write a number from 1 to " + std::to_string(most));
    return value;
}

store::Cut Ask::cut() const {
    store::Cut out{query("cursor"),
                   std::min(number("page_size", usual_page, store::max_page), store::max_page)};
    if (!query("last").empty() && query("last") != "true") throw Error(Code::input, "last: write true");
    out.is_last = query("last") == "true" && out.cursor.empty();
    const std::size_t page = number("page", 1, store::max_count);
    if (page > 1 && !out.cursor.empty())
        throw Error(Code::input, "page: a cursor says already where to go on");
    if (page > store::max_count || (page - 1) * out.limit >= store::max_count)
        throw Error(Code::input, "page: this is far; follow `next`, or ask for less time");
    out.skip = (page - 1) * out.limit;
    return out;
}

store::Filter Ask::filter(std::vector<std::string> kinds) const {
    store::Filter out;
    out.kinds = std::move(kinds);
    out.host = query("host");
    out.user = query("user");
    out.workspace = query("workspace");
    out.run_id = query("run");
    out.from = time("from");
    out.to = time("to");
    out.status = query("status");
    out.text = query("q");
    return out;
}

store::EventFilter Ask::event_filter(std::string about) const {
    return {query("type"), std::move(about), time("from"), time("to"), query("q")};
}

std::string Ask::page(const std::string& cursor) const {
    if (cursor.empty()) return {};
    std::string out = request.path + "/?cursor=" + cursor;
    for (const auto& [name, value] : request.query)
        if (name != "cursor" && name != "page" && name != "last") out += "&" + name + "=" + encoded(value);
    return out;
}

Json Ask::body() const {
    if (request.body.empty()) return Json::object();
    Json out = parse_json(request.body, JsonLaw::plain);
    if (!out.is_object()) throw Error(Code::input, "the body must be an object");
    return out;
}

boost::asio::awaitable<void> Ask::send(Json value, int status) const {
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    co_await answer.send(status, json_type, std::move(text));
}

boost::asio::awaitable<void> Ask::send_list(Json results, std::size_t count, bool is_exact, std::string next,
                                            std::string previous) const {
    std::string text = list_body(std::move(results), count, is_exact, page(next), page(previous));
    co_await answer.send(200, json_type, std::move(text));
}

}  // namespace sallyport::api
