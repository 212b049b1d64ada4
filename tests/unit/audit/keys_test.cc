// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/keys.h"

#include <gtest/gtest.h>

#include <fstream>

#include "common/error.h"
#include "daemon/audit/ledger.h"
#include "daemon/audit/sinks.h"
#include "tests/unit/temporary.h"

namespace sallyport::audit {
namespace {

class KeysTest : public ::testing::Test {
 protected:
    Temporary folder;
    std::unique_ptr<store::Store> store = store::open_sqlite(folder.text());
    std::string anchors = folder / "anchors";

    NodeKey key(const std::string& node = "gate-1") { return key_for(*store, node, folder.text(), anchors); }
    void begin_chain() {
        Ledger ledger(*store, key(), "gate-1");
        (void)ledger.append({&start(ledger.key().public_line())});
        anchor(*ledger.checkpoint());
    }
    void anchor(const Anchor& anchor) const { AnchorFile(anchors).anchor(anchor); }
    std::string refusal(const std::string& node = "gate-1") {
        try {
            (void)key(node);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

 private:
    const Event& start(const std::string& line) {
        return start_ = Event("chain.start").put("public_key", line);
    }
    Event start_{"chain.start"};
};

TEST_F(KeysTest, GoOnAfterAFirstStartThatWasInterrupted) {
    const std::string first = key().public_line();
    EXPECT_FALSE(std::filesystem::exists(folder / "node.key")) << "the chain does not name it yet";
    EXPECT_NE(key().public_line(), first) << "nothing was signed with it, so it is made anew";
    begin_chain();
    const std::string named = key().public_line();
    EXPECT_TRUE(std::filesystem::exists(folder / "node.key"));
    EXPECT_EQ(key().public_line(), named);
}

TEST_F(KeysTest, RefuseAStoreThatWasTakenAway) {
    begin_chain();
    (void)key();
    store = nullptr;
    std::filesystem::remove(folder / "audit.db");
    store = store::open_sqlite(folder.text());
    EXPECT_NE(refusal().find("a history is missing"), std::string::npos) << refusal();
}

TEST_F(KeysTest, RefuseAKeyThatIsMissingOrNotTheChains) {
    begin_chain();
    (void)key();
    std::filesystem::remove(folder / "node.key");
    EXPECT_NE(refusal().find("put the key back"), std::string::npos) << refusal();
    NodeKey::generate().save(folder / "node.key");
    EXPECT_NE(refusal().find("is not the key"), std::string::npos) << refusal();
}

TEST_F(KeysTest, RefuseTheChainOfANodeThatHadAnotherName) {
    begin_chain();
    EXPECT_EQ(refusal("gate-1"), "");
    EXPECT_NE(refusal("gate-2").find("put the name back"), std::string::npos) << refusal("gate-2");
}

TEST_F(KeysTest, RefuseAStoreBehindItsAnchor) {
    begin_chain();
    EXPECT_EQ(refusal(), "");
    anchor({"gate-1", {9, std::string(64, 'a')}, "t"});
    EXPECT_NE(refusal().find("behind its anchor"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace sallyport::audit
