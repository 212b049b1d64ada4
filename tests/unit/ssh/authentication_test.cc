// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/authentication.h"

#include <gtest/gtest.h>

namespace sallyport::ssh {
namespace {

using Answer = Authentication::Answer;
using State = Offer::State;

/// Rules in which alice has the key whose blob is `alice's`.
Rules make_rules() {
    Rules rules;
    rules.policy.operators["alice"].name = "alice";
    rules.policy.operator_by_key["alice's"] = "alice";
    return rules;
}

class AuthenticationTest : public ::testing::Test {
 protected:
    const Rules rules = make_rules();
    Authentication authentication{
        [this](const std::string& blob) { return KnownKey{find_operator(rules, blob)}; }};

    static Offer offer(State state, const std::string& blob) {
        Offer out;
        out.is_public_key = true;
        out.name = "web";
        out.state = state;
        out.blob = blob;
        return out;
    }
    Answer ask(const std::string& blob) { return authentication.answer(offer(State::asked, blob)); }
    Answer sign(const std::string& blob) { return authentication.answer(offer(State::is_signed, blob)); }
    Answer none() {
        Offer out;
        out.name = "web";
        return authentication.answer(out);
    }
    [[nodiscard]] const std::string& reason() const { return authentication.reason(); }
};

TEST_F(AuthenticationTest, AcceptsASignatureByAKnownKeyAndNoOther) {
    EXPECT_EQ(none(), Answer::methods);
    EXPECT_EQ(ask("mallory's"), Answer::methods);
    EXPECT_EQ(reason(), "unknown_key");
    EXPECT_EQ(sign("mallory's"), Answer::methods);
    EXPECT_EQ(ask("alice's"), Answer::may_sign);
    EXPECT_EQ(sign("alice's"), Answer::accepted);
    EXPECT_EQ(authentication.proven().who->name, "alice");
    EXPECT_EQ(authentication.name(), "web");
}

TEST(AuthenticationBehindAJump, TakesNoneAndAnyKeyThatSignsButNothingElse) {
    Authentication behind;
    Offer offer;
    offer.name = "ubuntu";
    EXPECT_EQ(behind.answer(offer), Answer::methods) << "a password, say";
    offer.is_public_key = true;
    offer.blob = "anybody's";
    EXPECT_EQ(behind.answer(offer), Answer::may_sign);
    offer.state = State::is_refused;
    EXPECT_EQ(behind.answer(offer), Answer::methods);
    offer.state = State::is_signed;
    EXPECT_EQ(behind.answer(offer), Answer::accepted);
    Offer none;
    none.name = "ubuntu";
    none.is_none = true;
    EXPECT_EQ(Authentication().answer(none), Answer::accepted);
    none.name = "root";
    EXPECT_EQ(behind.answer(none), Answer::disconnect) << "one name for one connection";
}

TEST_F(AuthenticationTest, TakesNoneForNothing) {
    Offer offer;
    offer.name = "web";
    offer.is_none = true;
    EXPECT_EQ(authentication.answer(offer), Answer::methods);
}

TEST_F(AuthenticationTest, AcceptsASignatureThatComesUnasked) {
    EXPECT_EQ(sign("alice's"), Answer::accepted);
}

TEST_F(AuthenticationTest, NeverAcceptsAQuestionOrARefusedSignature) {
    EXPECT_EQ(ask("alice's"), Answer::may_sign);
    EXPECT_EQ(authentication.answer(offer(State::is_refused, "alice's")), Answer::methods);
    EXPECT_EQ(reason(), "bad_signature");
}

TEST_F(AuthenticationTest, NeverAcceptsAnotherMethod) {
    Offer password = offer(State::is_signed, "alice's");
    password.is_public_key = false;
    EXPECT_EQ(authentication.answer(password), Answer::methods);
    EXPECT_EQ(reason(), "no_key");
}

TEST_F(AuthenticationTest, LooksAt32KeysAndAtNoMore) {
    for (int i = 0; i < 31; ++i) EXPECT_EQ(ask("unknown " + std::to_string(i)), Answer::methods);
    EXPECT_EQ(ask("alice's"), Answer::may_sign);
    EXPECT_EQ(sign("alice's"), Answer::accepted) << "the signature is no further key";
}

TEST_F(AuthenticationTest, DisconnectsAtThe33rdKey) {
    for (int i = 0; i < 32; ++i) EXPECT_EQ(ask("unknown " + std::to_string(i)), Answer::methods);
    EXPECT_EQ(ask("alice's"), Answer::disconnect);
    EXPECT_EQ(reason(), "too_many_keys");
}

TEST_F(AuthenticationTest, DisconnectsAtThe33rdKeyThatSignsUnaskedAsWell) {
    for (int i = 0; i < 32; ++i) EXPECT_EQ(sign("unknown " + std::to_string(i)), Answer::methods);
    EXPECT_EQ(sign("one more"), Answer::disconnect);
    EXPECT_EQ(reason(), "too_many_keys");
}

TEST_F(AuthenticationTest, DisconnectsAtTheThirdBadSignature) {
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(authentication.answer(offer(State::is_refused, "alice's")), Answer::methods);
    EXPECT_EQ(authentication.answer(offer(State::is_refused, "alice's")), Answer::disconnect);
    EXPECT_EQ(reason(), "bad_signature");
}

TEST_F(AuthenticationTest, StillAcceptsAfterTwoBadSignatures) {
    for (int i = 0; i < 2; ++i) (void)authentication.answer(offer(State::is_refused, "alice's"));
    EXPECT_EQ(sign("alice's"), Answer::accepted);
}

TEST_F(AuthenticationTest, GoesOnAfterKeysOfTypesThatNobodyKnows) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(authentication.answer(offer(State::is_refused, "")), Answer::methods);
        EXPECT_EQ(reason(), "key_type");
    }
    EXPECT_EQ(sign("alice's"), Answer::accepted);
}

TEST_F(AuthenticationTest, DisconnectsWhenTheNameChanges) {
    EXPECT_EQ(ask("alice's"), Answer::may_sign);
    Offer other = offer(State::is_signed, "alice's");
    other.name = "db";
    EXPECT_EQ(authentication.answer(other), Answer::disconnect);
    EXPECT_EQ(reason(), "name_changed");
    EXPECT_EQ(authentication.name(), "web");
}

TEST_F(AuthenticationTest, DisconnectsWhenTheNameChangesAfterTheFirstRequestThatNamesNoKey) {
    Offer empty;
    EXPECT_EQ(authentication.answer(empty), Answer::methods);
    EXPECT_EQ(sign("alice's"), Answer::disconnect);
    EXPECT_EQ(reason(), "name_changed");
}

TEST_F(AuthenticationTest, RefusesACertificateWhateverKeyItHolds) {
    for (const State state : {State::asked, State::is_signed}) {
        Offer certificate = offer(state, "alice's");
        certificate.is_certificate = true;
        EXPECT_EQ(authentication.answer(certificate), Answer::methods);
        EXPECT_EQ(reason(), "certificate");
    }
    EXPECT_EQ(sign("alice's"), Answer::accepted) << "its plain key is another matter";
}

TEST_F(AuthenticationTest, AcceptsASecurityKeyOnlyTouched) {
    Offer key = offer(State::asked, "alice's");
    key.is_security_key = true;
    EXPECT_EQ(authentication.answer(key), Answer::may_sign) << "who asks has touched nothing yet";
    key.state = State::is_signed;
    EXPECT_EQ(authentication.answer(key), Answer::methods);
    EXPECT_EQ(reason(), "not_touched");
    key.is_touched = true;
    EXPECT_EQ(authentication.answer(key), Answer::accepted);
}

TEST_F(AuthenticationTest, EndsForWhoAsksWithoutEnd) {
    for (int i = 0; i < 128; ++i) EXPECT_EQ(none(), Answer::methods);
    EXPECT_EQ(none(), Answer::disconnect);
}

}  // namespace
}  // namespace sallyport::ssh
