// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/rules_in_force.h"

#include <gtest/gtest.h>

#include <thread>

namespace sallyport::live {
namespace {

std::shared_ptr<const Rules> rules_of(const std::string& version) {
    auto rules = std::make_shared<Rules>();
    rules->policy.version = version;
    rules->config.node = version;
    return rules;
}

TEST(RulesInForce, AreSwappedWholeWhileWhoHoldsTheOldOnesKeepsThem) {
    RulesInForce in_force(rules_of("1"));
    const auto held = in_force.get();
    in_force.set(rules_of("2"));
    EXPECT_EQ(held->policy.version, "1");
    EXPECT_EQ(in_force.get()->policy.version, "2");
}

TEST(RulesInForce, LetGoOfTheOldOnesWhenNobodyHoldsThem) {
    RulesInForce in_force(rules_of("1"));
    const std::weak_ptr<const Rules> old = in_force.get();
    EXPECT_FALSE(old.expired());
    in_force.set(rules_of("2"));
    EXPECT_TRUE(old.expired());
}

TEST(RulesInForce, AreNeverHalfOfEachWhileTheyChange) {
    RulesInForce in_force(rules_of("0"));
    std::thread writer([&] {
        for (int i = 1; i < 2'000; ++i) in_force.set(rules_of(std::to_string(i)));
    });
    for (int i = 0; i < 2'000; ++i) {
        const auto rules = in_force.get();
        EXPECT_EQ(rules->policy.version, rules->config.node);
    }
    writer.join();
    EXPECT_EQ(in_force.get()->policy.version, "1999");
}

}  // namespace
}  // namespace sallyport::live
