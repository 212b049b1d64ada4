// SPDX-License-Identifier: Apache-2.0
#include "common/json.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace sallyport {
namespace {

TEST(StrictJson, ReadsWhatTheLawAllows) {
    const Json value = parse_json(R"({"a":[1,-2,true,"x"],"b":{"c":9007199254740991}})", JsonLaw::chain);
    EXPECT_EQ(value["b"]["c"], 9007199254740991);
}

TEST(StrictJson, RefusesWhatTheLawForbids) {
    for (const char* text :
         {"", "{", "{} x", R"({"a":1,"a":2})", R"({"a":1.5})", R"({"a":null})", R"({"a":9007199254740992})",
          R"({"a":1e2})", "[[[[[[[[[1]]]]]]]]]", "{\"a\":\"\xff\"}", "{'a':1}", "NaN"})
        EXPECT_THROW((void)parse_json(text, JsonLaw::chain), Error) << text;
}

TEST(StrictJson, TakesNullsAndFloatsWherePlainJsonIsAsked) {
    EXPECT_NO_THROW((void)parse_json(R"({"a":null,"b":1.5})", JsonLaw::plain));
    EXPECT_THROW((void)parse_json(R"({"a":1,"a":2})", JsonLaw::plain), Error);
}

}  // namespace
}  // namespace sallyport
