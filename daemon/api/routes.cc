// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/routes.h"

#include <charconv>

#include "common/clock.h"
#include "common/json.h"
#include "daemon/api/answer.h"

namespace sallyport::api {
namespace {

constexpr const char* json = "application/json";
constexpr std::size_t usual_page = 100;
using boost::asio::awaitable;

/// One question as it is answered: the desk, who asks, what, and whereto.
struct Ask {
    desk::Desk& desk;
    desk::Caller& caller;
    const Request& request;
    Answer& answer;
    std::string id;  // out of the path

    [[nodiscard]] std::string query(const char* name) const {
        const auto at = request.query.find(name);
        return at == request.query.end() ? std::string() : at->second;
    }
    /// A time in the form that events have, so that text compares as time does.
    [[nodiscard]] std::string time(const char* name) const {
        const std::string text = query(name);
        if (text.empty()) return text;
        const auto read = from_rfc3339(text);
        if (!read)
            throw Error(Code::input, std::string(name) + ": write a time such as 2026-03-24T10:12:03Z");
        return to_rfc3339(*read);
    }
    [[nodiscard]] std::size_t limit() const {
        const std::string text = query("page_size");
        std::size_t value = usual_page;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, value);
        if (!text.empty() && (read.ec != std::errc() || read.ptr != end || value == 0))
            throw Error(Code::input, "page_size: write a number from 1 to 1000");
        return std::min(value, store::max_page);
    }
    /// Whether the newest are asked for; from their cursor on it goes as in every list.
    [[nodiscard]] bool is_last() const {
        if (!query("last").empty() && query("last") != "true") throw Error(Code::input, "last: write true");
        return query("last") == "true" && query("cursor").empty();
    }
    /// The path of the next page: the same question with another cursor.
    [[nodiscard]] std::string next(const std::string& cursor) const {
        if (cursor.empty()) return {};
        std::string out = request.path + "/?cursor=" + cursor;
        for (const auto& [name, value] : request.query)
            if (name != "cursor") out += "&" + name + "=" + encoded(value);
        return out;
    }
    static std::string encoded(const std::string& text) {
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
};

awaitable<void> me(Ask ask) {
    co_await ask.answer.send(200, json, ask.desk.me(ask.caller).dump() + "\n");
}

awaitable<void> hosts(Ask ask) {
    co_await ask.answer.send(200, json, list_body(ask.desk.hosts(ask.caller), ""));
}

awaitable<void> sessions(Ask ask) {
    store::SessionFilter filter{ask.query("host"), ask.query("user"), ask.query("workspace"),
                                ask.time("from"),  ask.time("to"),    ask.query("status")};
    if (!filter.status.empty() && filter.status != "open" && filter.status != "ended")
        throw Error(Code::input, "status: write open or ended");
    auto page = co_await ask.desk.sessions(ask.caller, std::move(filter), ask.query("cursor"), ask.limit());
    Json results = Json::array();
    for (Json& item : page.items) results.push_back(std::move(item));
    co_await ask.answer.send(200, json, list_body(std::move(results), ask.next(page.next)));
}

awaitable<void> session(Ask ask) {
    const Json found = co_await ask.desk.session(ask.caller, ask.id);
    co_await ask.answer.send(200, json, found.dump() + "\n");
}

awaitable<void> recording(Ask ask) {
    auto opened = co_await ask.desk.recording(ask.caller, ask.id);
    co_await ask.answer.begin("application/octet-stream");
    while (opened.left > 0) {
        auto piece = co_await ask.desk.recording_piece(opened);
        co_await ask.answer.piece(std::move(piece));
    }
}

awaitable<void> terminate(Ask ask) {
    std::string reason;
    if (!ask.request.body.empty()) {
        const Json body = parse_json(ask.request.body, JsonLaw::plain);
        if (!body.is_object()) throw Error(Code::input, "the body must be an object");
        if (body.contains("reason") && !body["reason"].is_string())
            throw Error(Code::input, "reason: write a text");
        reason = body.value("reason", std::string());
    }
    co_await ask.desk.terminate(ask.caller, ask.id, reason);
    co_await ask.answer.send(202, json, "{\"success\":true}\n");
}

awaitable<void> events_of(Ask ask, store::EventFilter filter) {
    const std::size_t limit = ask.limit();
    auto page = co_await ask.desk.events(ask.caller, std::move(filter), ask.query("cursor"), limit);
    Json results = Json::array();
    for (const store::Stored& event : page.items) results.push_back(Json::parse(store::export_line(event)));
    co_await ask.answer.send(200, json, list_body(std::move(results), ask.next(page.next)));
}

awaitable<void> events(Ask ask) {
    store::EventFilter filter{ask.query("type"), ask.query("session"), ask.time("from"), ask.time("to"),
                              ask.is_last()};
    auto task = events_of(ask, std::move(filter));
    co_await std::move(task);
}

awaitable<void> session_events(Ask ask) {
    store::EventFilter filter{ask.query("type"), ask.id, ask.time("from"), ask.time("to"), ask.is_last()};
    auto task = events_of(ask, std::move(filter));
    co_await std::move(task);
}

awaitable<void> export_events(Ask ask) {
    const std::uint64_t last = co_await ask.desk.begin_export(ask.caller);
    co_await ask.answer.begin("application/jsonl");
    for (std::string cursor;;) {
        const auto page = co_await ask.desk.export_page(cursor, last);
        std::string lines;
        for (const store::Stored& event : page.items) lines += store::export_line(event) + "\n";
        co_await ask.answer.piece(std::move(lines));
        if (page.next.empty()) break;
        cursor = page.next;
    }
}

struct Route {
    const char* method;
    const char* path;  // `*` stands for one segment, the id
    awaitable<void> (*answer)(Ask);
    std::string_view query;  // what it may be asked with, each between blanks
};

constexpr const char* of_sessions = " host user workspace from to status cursor page_size ";
constexpr const char* of_events = " type session from to last cursor page_size ";
constexpr const char* of_session_events = " type from to last cursor page_size ";

constexpr Route table[] = {
    {"GET", "/api/v1/me", me, ""},
    {"GET", "/api/v1/hosts", hosts, ""},
    {"GET", "/api/v1/ssh-sessions", sessions, of_sessions},
    {"GET", "/api/v1/ssh-sessions/*", session, ""},
    {"GET", "/api/v1/ssh-sessions/*/recording", recording, ""},
    {"GET", "/api/v1/ssh-sessions/*/events", session_events, of_session_events},
    {"POST", "/api/v1/ssh-sessions/*/terminate", terminate, ""},
    {"GET", "/api/v1/events", events, of_events},
    {"GET", "/api/v1/events/export", export_events, ""},
};

/// A filter that is not known must not quietly select everything.
void check_query(const Route& route, const Request& request) {
    for (const auto& [name, value] : request.query)
        if (name.find(' ') != std::string::npos || route.query.find(" " + name + " ") == std::string::npos)
            throw Error(Code::input, name + ": this is nothing that can be asked here");
}

/// The id that a path has where the pattern has `*`; absent if it does not fit.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos)
        return pattern == path ? std::optional<std::string>("") : std::nullopt;
    if (!path.starts_with(pattern.substr(0, star))) return std::nullopt;
    path.remove_prefix(star);
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end == 0 || path.substr(end) != pattern.substr(star + 1)) return std::nullopt;
    return std::string(path.substr(0, end));
}

awaitable<void> dispatch(desk::Desk& desk, desk::Caller& caller, const Request& request, Answer& answer) {
    bool is_known_path = false;
    for (const Route& route : table) {
        const auto id = match(route.path, request.path);
        if (!id) continue;
        is_known_path = true;
        if (request.method != route.method) continue;
        check_query(route, request);
        auto task = route.answer({desk, caller, request, answer, *id});
        co_return co_await std::move(task);
    }
    if (is_known_path)
        co_return co_await answer.send(405, json, error_body(Error(Code::input, "not with this method")));
    throw Error(Code::not_found, "there is nothing at this path");
}

awaitable<void> handle(desk::Desk& desk, desk::Caller& caller, const Request& request, Answer& answer) {
    std::optional<Error> failure;
    try {
        auto task = dispatch(desk, caller, request, answer);
        co_await std::move(task);
    } catch (const Error& error) {
        failure = error;
    } catch (const Json::exception&) {
        failure = Error(Code::internal, "the answer could not be made; the log of the bastion may say why");
    }
    // What has begun cannot become an error: the connection ends without the last chunk, so that it shows.
    if (failure && answer.is_answered()) throw *failure;
    if (failure) co_await answer.send(status_of(failure->code()), json, error_body(*failure));
}

}  // namespace

Handler routes_for(desk::Desk& desk, desk::Caller caller) {
    const auto who = std::make_shared<desk::Caller>(std::move(caller));
    return
        [&desk, who](const Request& request, Answer& answer) { return handle(desk, *who, request, answer); };
}

}  // namespace sallyport::api
