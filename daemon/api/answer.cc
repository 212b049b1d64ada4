// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/answer.h"

namespace sallyport::api {
namespace {

struct Shape {
    Code code;
    int status;
    const char* type;
    const char* name;
};

constexpr Shape shapes[] = {
    {Code::denied, 403, "client_error", "permission_denied"},
    {Code::not_found, 404, "client_error", "not_found"},
    {Code::input, 400, "validation_error", "invalid"},
    {Code::limit, 429, "client_error", "throttled"},
    {Code::record, 503, "server_error", "unavailable"},
};

Shape shape_of(Code code) {
    for (const Shape& shape : shapes)
        if (shape.code == code) return shape;
    return {code, 500, "server_error", "error"};
}

}  // namespace

int status_of(Code code) {
    return shape_of(code).status;
}

std::string error_body(const Error& error) {
    const Shape shape = shape_of(error.code());
    const Json one = {{"code", shape.name}, {"detail", error.what()}, {"attr", nullptr}};
    const Json body = {{"type", shape.type}, {"errors", Json::array({one})}};
    return body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string list_body(Json results, const std::string& next) {
    Json body = {{"count", results.size()}, {"next", nullptr}, {"previous", nullptr}};
    if (!next.empty()) body["next"] = next;
    body["results"] = std::move(results);
    return body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sallyport::api
