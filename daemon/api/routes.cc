// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/routes.h"

#include "common/error.h"
#include "daemon/api/answer.h"

namespace sallyport::api {
namespace {

using boost::asio::awaitable;

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

awaitable<void> dispatch(const Desks& desks, desk::Caller& caller, const Request& request, Answer& answer) {
    bool is_known_path = false;
    for (const auto* table : {&record_routes(), &report_routes()}) {
        for (const Route& route : *table) {
            const auto id = match(route.path, request.path);
            if (!id) continue;
            is_known_path = true;
            if (request.method != route.method) continue;
            check_query(route, request);
            auto task = route.answer({desks, caller, request, answer, *id});
            co_return co_await std::move(task);
        }
    }
    if (is_known_path)
        co_return co_await answer.send(405, json_type,
                                       error_body(Error(Code::input, "not with this method")));
    throw Error(Code::not_found, "there is nothing at this path");
}

awaitable<void> handle(const Desks& desks, desk::Caller& caller, const Request& request, Answer& answer) {
    std::optional<Error> failure;
    try {
        auto task = dispatch(desks, caller, request, answer);
        co_await std::move(task);
    } catch (const Error& error) {
        failure = error;
    } catch (const Json::exception&) {
        failure = Error(Code::internal, "the answer could not be made; the log of the bastion may say why");
    }
    // What has begun cannot become an error: the connection ends without the last chunk, so that it shows.
    if (failure && answer.is_answered()) throw *failure;
    if (failure) co_await answer.send(status_of(failure->code()), json_type, error_body(*failure));
}

}  // namespace

Handler routes_for(const Desks& desks, desk::Caller caller) {
    const auto who = std::make_shared<desk::Caller>(std::move(caller));
    return
        [desks, who](const Request& request, Answer& answer) { return handle(desks, *who, request, answer); };
}

}  // namespace sallyport::api
