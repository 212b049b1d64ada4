// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/api/http.h"
#include "daemon/desk/desk.h"
#include "daemon/desk/reports.h"
#include "daemon/desk/run_reports.h"

namespace sallyport::api {

constexpr const char* json_type = "application/json";

/// What answers: the parts of the desk.
struct Desks {
    desk::Desk& desk;
    desk::Reports& reports;
    desk::RunReports& runs;
};

/// One question as it is answered: who asks, what, and whereto. Throws Error{Code::input} for what cannot be
/// asked, beginning with the name of the parameter.
struct Ask {
    const Desks& desks;
    desk::Caller& caller;
    const Request& request;
    Answer& answer;
    std::string id;  // out of the path

    [[nodiscard]] std::string query(const char* name) const;
    /// A time in the form that events have, so that text compares as time does.
    [[nodiscard]] std::string time(const char* name) const;
    [[nodiscard]] std::size_t number(const char* name, std::size_t usual, std::size_t most) const;
    [[nodiscard]] store::Cut cut() const;
    [[nodiscard]] store::Filter filter(std::vector<std::string> kinds) const;
    [[nodiscard]] store::EventFilter event_filter(std::string about) const;
    /// The path of another page: the same question with another cursor; empty without one.
    [[nodiscard]] std::string page(const std::string& cursor) const;
    /// The body as an object of plain JSON.
    [[nodiscard]] Json body() const;

    [[nodiscard]] boost::asio::awaitable<void> send(Json value, int status = 200) const;
    [[nodiscard]] boost::asio::awaitable<void> send_list(Json results, std::size_t count, bool is_exact,
                                                         std::string next, std::string previous) const;
};

/// What answers one method of one path.
struct Route {
    const char* method;
    const char* path;  // `*` stands for one segment, the id
    boost::asio::awaitable<void> (*answer)(Ask);
    std::string_view query;  // what it may be asked with, each between blanks
};

/// The routes of the record, and those by which clients report.
[[nodiscard]] const std::vector<Route>& record_routes();
[[nodiscard]] const std::vector<Route>& report_routes();

}  // namespace sallyport::api
