// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/answer.h"

#include <gtest/gtest.h>

namespace sallyport::api {
namespace {

TEST(Answer, OfAFailureHasItsStatusTypeAndCode) {
    struct Known {
        Code code;
        int status;
        const char* type;
        const char* name;
    };
    for (const auto& [code, status, type, name] :
         {Known{Code::denied, 403, "client_error", "permission_denied"},
          Known{Code::not_found, 404, "client_error", "not_found"},
          Known{Code::input, 400, "validation_error", "invalid"},
          Known{Code::conflict, 409, "client_error", "conflict"},
          Known{Code::limit, 429, "client_error", "throttled"},
          Known{Code::record, 503, "server_error", "unavailable"},
          Known{Code::internal, 500, "server_error", "error"},
          Known{Code::io, 500, "server_error", "error"}}) {
        EXPECT_EQ(status_of(code), status);
        const Json body = Json::parse(error_body(Error(code, "in words")));
        EXPECT_EQ(body.at("type"), type);
        EXPECT_EQ(body.at("errors").size(), 1U);
        EXPECT_EQ(body.at("errors").at(0).at("code"), name);
        EXPECT_EQ(body.at("errors").at(0).at("detail"), "in words");
        EXPECT_TRUE(body.at("errors").at(0).at("attr").is_null());
    }
}

TEST(Answer, NamesTheMemberThatAnErrorIsAbout) {
    const auto told = [](const char* words) {
        return Json::parse(error_body(Error(Code::input, words))).at("errors").at(0);
    };
    EXPECT_EQ(told("page_size: write a number"),
              Json({{"code", "invalid"}, {"detail", "write a number"}, {"attr", "page_size"}}));
    EXPECT_EQ(told("block: this field is required.").at("code"), "required");
    EXPECT_TRUE(told("the body must be an object: it is a list").at("attr").is_null());
    EXPECT_TRUE(told(": x").at("attr").is_null());
    EXPECT_TRUE(told("x").at("attr").is_null());
}

TEST(Answer, StaysJsonWhateverBytesAnErrorHolds) {
    const std::string body = error_body(Error(Code::input, "\xff\"\n\x1b"));
    EXPECT_EQ(body.find('\x1b'), std::string::npos);
    EXPECT_EQ(body.find('\n'), body.size() - 1);
    EXPECT_TRUE(Json::accept(body));
}

TEST(Answer, OfAListSaysWhereItGoesOnAndWhereItEnds) {
    const Json more =
        Json::parse(list_body(Json::array({1, 2}), 7, true, "/api/v1/events/?cursor=x", "/before"));
    EXPECT_EQ(more.at("count"), 7);
    EXPECT_FALSE(more.contains("count_exact"));
    EXPECT_EQ(more.at("next"), "/api/v1/events/?cursor=x");
    EXPECT_EQ(more.at("previous"), "/before");
    EXPECT_EQ(more.at("results"), Json::array({1, 2}));
    const Json last = Json::parse(list_body(Json::array(), 0, true, "", ""));
    EXPECT_EQ(last.at("count"), 0);
    EXPECT_TRUE(last.at("next").is_null());
    EXPECT_TRUE(last.at("previous").is_null());
    EXPECT_EQ(Json::parse(list_body(Json::array(), 10'000, false, "", "")).at("count_exact"), false);
    EXPECT_TRUE(last.at("results").is_array());
}

}  // namespace
}  // namespace sallyport::api
