// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/fields.h"

#include <gtest/gtest.h>

#include "common/error.h"

namespace sallyport::desk {
namespace {

using Kind = Fields::Kind;

/// The members that reading a body puts into an event, or the words of the refusal.
Json taken(const Json& body, const std::function<void(const Fields&, Event&)>& read) {
    Event event("x");
    try {
        read(Fields(body), event);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::input);
        return error.what();
    }
    return event.members();
}

TEST(Fields, PutWhatIsThereUnderTheNameOfTheRecord) {
    const Json body = {{"commit", "dc3a1f7"},
                       {"count", 3},
                       {"dirty", false},
                       {"at", "2026-03-24T10:12:03+01:00"},
                       {"gone", nullptr}};
    EXPECT_EQ(taken(body,
                    [](const Fields& f, Event& e) {
                        f.put_text(e, "commit", "claimed_commit");
                        f.put_number(e, "count");
                        f.put_flag(e, "dirty");
                        f.put_time(e, "at", "claimed_at");
                        f.put_texts(e, {"gone", "never"});
                    }),
              (Json{{"claimed_commit", "dc3a1f7"},
                    {"count", 3},
                    {"dirty", false},
                    {"claimed_at", "2026-03-24T09:12:03.000000Z"}}));
}

TEST(Fields, NameTheMemberThatIsWrong) {
    const auto refused = [](const Json& value, const std::function<void(const Fields&, Event&)>& read) {
        const Json words = taken({{"m", value}}, read);
        return words.is_string() && words.get<std::string>().starts_with("m: ");
    };
    EXPECT_TRUE(refused(7, [](const Fields& f, Event& e) { f.put_texts(e, {"m"}); }));
    EXPECT_TRUE(refused(std::string(256, 'x'), [](const Fields& f, Event& e) { f.put_texts(e, {"m"}); }));
    EXPECT_TRUE(refused("1", [](const Fields& f, Event& e) { f.put_number(e, "m"); }));
    EXPECT_TRUE(refused(std::int64_t{1} << 53, [](const Fields& f, Event& e) { f.put_number(e, "m"); }));
    EXPECT_TRUE(refused(-1.5, [](const Fields& f, Event& e) { f.put_number(e, "m"); }));
    EXPECT_TRUE(refused(1, [](const Fields& f, Event& e) { f.put_flag(e, "m"); }));
    EXPECT_TRUE(refused("yesterday", [](const Fields& f, Event& e) { f.put_time(e, "m", "m"); }));
    EXPECT_TRUE(refused("a", [](const Fields& f, Event& e) { f.put_list(e, "m"); }));
    EXPECT_TRUE(refused(Json::array({1}), [](const Fields& f, Event& e) { f.put_list(e, "m"); }));
    EXPECT_TRUE(refused("a", [](const Fields& f, Event& e) { f.put_object(e, "m", {{"x", Kind::text}}); }));
    EXPECT_TRUE(refused("", [](const Fields& f, Event&) { (void)f.need("m"); }));
    EXPECT_EQ(taken(Json::object(), [](const Fields& f, Event&) { (void)f.need("m"); }),
              "m: this field is required.");
}

TEST(Fields, CutLongListsAndSayHowLongTheyWere) {
    Json list = Json::array();
    for (int i = 0; i < 1200; ++i) list.push_back(std::to_string(i));
    const Json out = taken({{"hosts", list}}, [](const Fields& f, Event& e) { f.put_list(e, "hosts"); });
    EXPECT_EQ(out["hosts"].size(), 1000U);
    EXPECT_EQ(out["hosts_total"], 1200);
}

TEST(Fields, KeepKnownMembersOfObjectsAlone) {
    const Json body = {{"git",
                        {{"branch", "main"},
                         {"commits_in", 2},
                         {"secret", "x"},
                         {"remote", "https://u:p@h/x"},
                         {"gone", nullptr}}}};
    EXPECT_EQ(taken(body,
                    [](const Fields& f, Event& e) {
                        f.put_object(e, "git",
                                     {{"remote", Kind::text},
                                      {"branch", Kind::text},
                                      {"commits_in", Kind::number},
                                      {"gone", Kind::flag}});
                    }),
              (Json{{"git", {{"remote", "https://h/x"}, {"branch", "main"}, {"commits_in", 2}}}}));
}

TEST(Fields, RefuseAMemberOfAnObjectThatIsOfAnotherKind) {
    const auto refused = [](const Json& value, Kind kind) {
        return taken({{"git", {{"x", value}}}},
                     [&](const Fields& f, Event& e) {
                         f.put_object(e, "git", {{"x", kind}});
                     })
            .is_string();
    };
    EXPECT_TRUE(refused(3, Kind::text));
    EXPECT_TRUE(refused("3", Kind::number));
    EXPECT_TRUE(refused("true", Kind::flag));
    EXPECT_TRUE(refused("a", Kind::list));
    EXPECT_FALSE(refused(Json::array({"a"}), Kind::list));
}

TEST(Fields, KeepWhatNoLawForbidsAsAText) {
    const Json body = {{"metadata", {{"a", {1.5, nullptr}}}}};
    EXPECT_EQ(
        taken(body, [](const Fields& f, Event& e) { f.put_as_text(e, "metadata", "claimed_metadata"); }),
        (Json{{"claimed_metadata", R"({"a":[1.5,null]})"}}));
}

TEST(WithoutCredentials, LeavesNoNameAndNoPassword) {
    EXPECT_EQ(without_credentials("https://user:pass@git.example/x.git"), "https://git.example/x.git");
    EXPECT_EQ(without_credentials("https://token@git.example/a@b"), "https://git.example/a@b");
    EXPECT_EQ(without_credentials("https://u:p@ss@git.example/x"), "https://git.example/x");
    EXPECT_EQ(without_credentials("ssh://git@git.example:22/x"), "ssh://git.example:22/x");
    EXPECT_EQ(without_credentials("git@git.example:x.git"), "git@git.example:x.git");
    EXPECT_EQ(without_credentials("https://git.example"), "https://git.example");
    EXPECT_EQ(without_credentials(""), "");
}

}  // namespace
}  // namespace sallyport::desk
