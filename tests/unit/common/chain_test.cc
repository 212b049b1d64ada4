// SPDX-License-Identifier: Apache-2.0
#include "common/chain.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <sstream>

#include "common/digest.h"
#include "common/node_key.h"

namespace sallyport {
namespace {

/// A chain as the writer makes one: a start, some sessions, checkpoints.
struct Chain {
    std::shared_ptr<const NodeKey> key = std::make_shared<NodeKey>(NodeKey::generate());
    std::vector<std::string> lines;
    Head head{0, std::string(64, '0')};

    explicit Chain(int starts = 12, int ends = 5) {
        add(Event("chain.start").put("public_key", key->public_line()));
        for (int i = 0; i < starts; ++i)
            add(Event("channel.start").put("session_id", "s").text("command", "echo " + std::to_string(i)));
        checkpoint();
        for (int i = 0; i < ends; ++i) add(Event("channel.end").put("session_id", "s").put("bytes_in", i));
        checkpoint();
    }

    Place next() const {
        return {"gate-1", head.seq + 1, head.hash, "2026-03-24T10:12:03.000001Z", std::string(32, 'a')};
    }
    void append(const std::string& line) {
        head = {head.seq + 1, event_hash(line)};
        lines.push_back(line);
    }
    void add(const Event& event) { append(event_line(next(), event)); }
    void checkpoint() {
        const Place place = next();
        Event event("checkpoint");
        event.put("signature", key->sign(checkpoint_text("gate-1", head, place.time), checkpoint_namespace));
        append(event_line(place, event));
    }
    [[nodiscard]] std::string text() const {
        std::string out;
        for (const std::string& line : lines) out += line + "\n";
        return out;
    }
};

Report verify(const std::string& text, const std::vector<Anchor>& anchors = {}) {
    std::istringstream in(text);
    return verify_chain(in, anchors);
}

std::string kinds(const Report& report) {
    std::string out;
    for (const Finding& finding : report.findings)
        out += finding.kind + "@" + std::to_string(finding.seq) + " ";
    return out;
}

TEST(Chain, IsWholeAsItWasWritten) {
    const Chain chain;
    const Report report = verify(chain.text());
    EXPECT_TRUE(report.is_whole()) << kinds(report);
    EXPECT_EQ(report.events, chain.lines.size());
    EXPECT_EQ(report.checkpoints, 2U);
    EXPECT_EQ(report.unsigned_tail, 0U);
    EXPECT_EQ(report.head.hash, chain.head.hash);
}

TEST(Chain, NamesAnExportThatDoesNotEndInACheckpointButLetsAStoreBe) {
    Chain chain;
    chain.add(Event("node.stop"));
    const Report report = verify(chain.text());
    EXPECT_EQ(report.unsigned_tail, 1U);
    EXPECT_EQ(kinds(report), "truncated@21 ");
    ChainVerifier store({});
    for (const std::string& line : chain.lines) store.line(line);
    EXPECT_TRUE(store.finish(Ending::anywhere).is_whole());
}

/// The digits of the last line's salt are all that neither a signature nor a later line covers.
bool is_last_salt(const std::string& text, std::size_t at, char now) {
    const std::size_t salt = text.rfind("\"salt\":\"") + 8;
    const bool is_digit = (now >= '0' && now <= '9') || (now >= 'a' && now <= 'f');
    return at >= salt && at < salt + 32 && is_digit;
}

TEST(Chain, NamesAnyByteThatWasFlippedWithoutAnAnchorToo) {
    const Chain chain;
    const std::string text = chain.text();
    // The last lines byte for byte, since there the least stands after them.
    for (std::size_t at = text.size() - 1200; at + 1 < text.size(); ++at) {
        std::string flipped = text;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        if (is_last_salt(text, at, flipped[at])) continue;
        EXPECT_FALSE(verify(flipped).is_whole()) << "byte " << at << " of\n" << flipped;
    }
}

TEST(Chain, NamesTheEventOfAnyByteThatWasFlippedBehindAnAnchor) {
    const Chain chain(2, 1);
    const std::string text = chain.text();
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::uint64_t seq = 1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string flipped = text;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << random() % 8));
        const std::string found = kinds(verify(flipped, {{"gate-1", chain.head, "t"}}));
        EXPECT_NE((" " + found).find("@" + std::to_string(seq) + " "), std::string::npos)
            << "byte " << at << " of event " << seq << ": " << found;
        if (text[at] == '\n') ++seq;
    }
}

TEST(Chain, NamesALineThatIsMissingDoubledOrSwapped) {
    const Chain chain;
    for (std::size_t at = 1; at + 1 < chain.lines.size(); ++at) {
        Chain missing = chain;
        missing.lines.erase(missing.lines.begin() + static_cast<long>(at));
        EXPECT_EQ(kinds(verify(missing.text())), "missing@" + std::to_string(at + 1) + " ");
        Chain doubled = chain;
        doubled.lines.insert(doubled.lines.begin() + static_cast<long>(at), doubled.lines[at]);
        EXPECT_EQ(kinds(verify(doubled.text())), "doubled@" + std::to_string(at + 1) + " ");
        Chain swapped = chain;
        std::swap(swapped.lines[at], swapped.lines[at + 1]);
        const std::string found = kinds(verify(swapped.text()));
        EXPECT_NE(found.find("swapped@" + std::to_string(at + 1)), std::string::npos) << found;
    }
}

TEST(Chain, NamesAnExportThatIsCutWithinALine) {
    const std::string text = Chain().text();
    EXPECT_NE(kinds(verify(text.substr(0, text.size() - 10))).find("truncated"), std::string::npos);
}

TEST(Chain, NamesAChainThatEndsBeforeItsAnchor) {
    Chain chain;
    const Anchor anchor{"gate-1", chain.head, "t"};
    EXPECT_TRUE(verify(chain.text(), {anchor}).is_whole());
    chain.lines.resize(14);
    EXPECT_EQ(kinds(verify(chain.text(), {anchor})), "behind_anchor@20 ");
}

TEST(Chain, NamesAChainOfAnotherNodeThanTheAnchorsAreOf) {
    const Chain chain;
    EXPECT_EQ(kinds(verify(chain.text(), {{"gate-2", chain.head, "t"}})), "behind_anchor@0 ");
    const Anchor own{"gate-1", chain.head, "t"};
    EXPECT_TRUE(verify(chain.text(), {{"gate-2", chain.head, "t"}, own}).is_whole());
}

TEST(Chain, NamesACheckpointWithMoreMembersThanItsSignatureCovers) {
    Chain chain;
    const Place place = chain.next();
    Event event("checkpoint");
    event.put("signature",
              chain.key->sign(checkpoint_text("gate-1", chain.head, place.time), checkpoint_namespace));
    event.put("remark", "x");
    chain.append(event_line(place, event));
    EXPECT_EQ(kinds(verify(chain.text())), "modified@21 ");
}

TEST(Chain, NamesAHistoryThatWasWrittenAnewWithAnotherKey) {
    const Chain genuine;
    const Chain forged;
    EXPECT_TRUE(verify(forged.text()).is_whole()) << "by itself nothing is wrong with it";
    EXPECT_EQ(kinds(verify(forged.text(), {{"gate-1", genuine.head, "t"}})), "behind_anchor@20 ");
}

TEST(Chain, TakesAnErasedEventOnlyWithTheEventThatSaysSo) {
    Chain chain;
    const std::string hash = event_hash(chain.lines[4]);
    Chain silent = chain;
    silent.lines[4] = R"({"erased":")" + hash + R"(","seq":5})";
    EXPECT_EQ(kinds(verify(silent.text())), "missing@5 ");
    chain.add(Event("event.erased")
                  .put("erased_seq", 5)
                  .put("hash", hash)
                  .put("rule", "retain")
                  .put("by", "alice"));
    chain.checkpoint();
    EXPECT_TRUE(verify(chain.text()).is_whole());
    chain.lines[4] = R"({"erased":")" + hash + R"(","seq":5})";
    EXPECT_TRUE(verify(chain.text()).is_whole()) << kinds(verify(chain.text()));
}

TEST(Chain, TakesANewKeyOnlyFromTheOldOne) {
    const auto changed = [](bool is_genuine, bool is_of_this_place) {
        Chain chain;
        const auto fresh = std::make_shared<NodeKey>(NodeKey::generate());
        const NodeKey stranger = NodeKey::generate();
        const std::string line = fresh->public_line();
        const Head before = is_of_this_place ? chain.head : Head{3, std::string(64, '0')};
        const std::string text = key_change_text("gate-1", before, chain.next().time, line);
        const NodeKey& signer = is_genuine ? *chain.key : stranger;
        const std::string signature = signer.sign(text, key_change_namespace);
        chain.add(Event("chain.key_changed").put("public_key", line).put("signature", signature));
        chain.key = fresh;
        chain.checkpoint();
        return kinds(verify(chain.text()));
    };
    EXPECT_EQ(changed(true, true), "");
    EXPECT_EQ(changed(false, true), "bad_signature@21 ");
    EXPECT_EQ(changed(true, false), "bad_signature@21 ") << "a signature for another place";
}

TEST(Chain, NamesAnEmptyExport) {
    EXPECT_EQ(kinds(verify("")), "missing@1 ");
    EXPECT_EQ(kinds(verify("", {{"gate-1", {1, std::string(64, 'a')}, "t"}})), "missing@1 behind_anchor@1 ");
}

}  // namespace
}  // namespace sallyport
