// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "daemon/api/ask.h"

namespace sallyport::api {
namespace {

/// `GET /api/v1/me/ a b`: a method, a path and what it may be asked with, one for each route.
std::set<std::string> routes() {
    std::set<std::string> out;
    for (const auto* table : {&record_routes(), &report_routes()}) {
        for (const Route& route : *table) {
            std::string path = route.path;
            if (const auto star = path.find('*'); star != std::string::npos) path.replace(star, 1, "{id}");
            if (!path.ends_with(".json")) path += '/';
            std::set<std::string> names;
            std::istringstream words{std::string(route.query)};
            for (std::string word; words >> word;) names.insert(word);
            std::string line = std::string(route.method) + " " + path;
            for (const std::string& name : names) line += " " + name;
            out.insert(line);
        }
    }
    return out;
}

std::set<std::string> documented() {
    const Json document = Json::parse(openapi_document());
    std::set<std::string> out;
    for (const auto& [path, methods] : document.at("paths").items()) {
        for (const auto& [method, operation] : methods.items()) {
            std::string line = method;
            std::transform(line.begin(), line.end(), line.begin(),
                           [](unsigned char c) { return std::toupper(c); });
            line += " " + path;
            std::set<std::string> names;
            for (const Json& parameter : operation.value("parameters", Json::array())) {
                const std::string ref = parameter.at("$ref");
                const Json& known =
                    document.at("components").at("parameters").at(ref.substr(ref.rfind('/') + 1));
                if (known.at("in") == "query") names.insert(known.at("name").get<std::string>());
            }
            for (const std::string& name : names) line += " " + name;
            out.insert(line);
        }
    }
    return out;
}

TEST(OpenApi, NamesEveryPathWithItsMethodsAndParametersAndNoOther) {
    EXPECT_EQ(documented(), routes());
}

TEST(OpenApi, RefersOnlyToWhatItHas) {
    const Json document = Json::parse(openapi_document());
    std::string text(openapi_document());
    for (std::size_t at = 0; (at = text.find("\"#/", at)) != std::string::npos; ++at) {
        const std::string place = text.substr(at + 2, text.find('"', at + 1) - at - 2);
        EXPECT_TRUE(document.contains(Json::json_pointer(place))) << place;
    }
}

}  // namespace
}  // namespace sallyport::api
