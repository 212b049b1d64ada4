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

constexpr std::string_view is_required = "this field is required.";  // as existing clients know it

constexpr Shape shapes[] = {
    {Code::denied, 403, "client_error", "permission_denied"},
    {Code::not_found, 404, "client_error", "not_found"},
    {Code::input, 400, "validation_error", "invalid"},
    {Code::conflict, 409, "client_error", "conflict"},
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

namespace {

/// What an input error is about: the name that its words begin with, if they do.
Json attr_of(const Error& error) {
    const std::string_view text = error.what();
    const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
    const bool is_name = error.code() == Code::input && end != 0 && end != std::string_view::npos &&
                         text.substr(end).starts_with(": ");
    return is_name ? Json(text.substr(0, end)) : Json();
}

}  // namespace

std::string error_body(const Error& error) {
    const Shape shape = shape_of(error.code());
    const std::string_view text = error.what();
    const Json attr = attr_of(error);
    const std::string detail(attr.is_null() ? text
                                            : text.substr(attr.get_ref<const std::string&>().size() + 2));
    const Json one = {
        {"code", detail == is_required ? "required" : shape.name}, {"detail", detail}, {"attr", attr}};
    const Json body = {{"type", shape.type}, {"errors", Json::array({one})}};
    return body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string list_body(Json results, std::size_t count, bool is_exact, const std::string& next,
                      const std::string& previous) {
    Json body = {{"count", count}, {"next", nullptr}, {"previous", nullptr}};
    if (!is_exact) body["count_exact"] = false;
    if (!next.empty()) body["next"] = next;
    if (!previous.empty()) body["previous"] = previous;
    body["results"] = std::move(results);
    return body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sallyport::api
