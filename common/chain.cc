// SPDX-License-Identifier: Apache-2.0
#include "common/chain.h"

#include <algorithm>
#include <istream>
#include <limits>

#include "common/error.h"
#include "common/json.h"
#include "common/node_key.h"

namespace sallyport {
namespace {

constexpr std::size_t max_findings = 1000;
constexpr std::size_t remembered = 4096;       // how far back a doubled or swapped event is still called so
constexpr std::size_t max_erased = 1'000'000;  // that wait to be named, so that memory is bounded
constexpr std::size_t max_line = 1024 * 1024 + 1024;

std::string text_of(const Json& object, const char* name) {
    const auto at = object.find(name);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::optional<std::uint64_t> number_of(const Json& object, const char* name) {
    const auto at = object.find(name);
    if (at == object.end() || !at->is_number_unsigned()) return std::nullopt;
    return at->get<std::uint64_t>();
}

bool is_salt(const std::string& text) {
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// The event before this one, as this one tells it.
Head before(const Json& event) {
    return {*number_of(event, "seq") - 1, text_of(event, "prev")};
}

}  // namespace

void Report::add(Finding finding) {
    ++count;
    if (findings.size() < max_findings) findings.push_back(std::move(finding));
}

void ChainVerifier::fault(const char* kind, std::uint64_t seq, std::string text) {
    report_.add({kind, seq, std::move(text)});
}

ChainVerifier::ChainVerifier(const std::vector<Anchor>& anchors, std::function<void(const Json&)> take)
    : take_(std::move(take)) {
    for (const Anchor& anchor : anchors) {
        anchors_.emplace(anchor.head.seq, anchor);
        anchored_nodes_.insert(anchor.node);
    }
}

void ChainVerifier::line(std::string_view text) {
    ++line_number_;
    const std::uint64_t expected = last_ ? last_->seq + 1 : 1;
    Json value;
    try {
        if (text.size() > max_line) throw Error(Code::input, "longer than 1 MiB");
        value = parse_json(text, JsonLaw::chain);
        if (!value.is_object()) throw Error(Code::input, "no JSON object");
    } catch (const Error& error) {
        fault("modified", expected, "line " + std::to_string(line_number_) + " is no event: " + error.what());
        // Whatever it was, it took this place: what comes after is judged by its own links.
        last_ = Head{expected, ""};
        return;
    }
    if (value.contains("erased")) return erased(value);
    event(value, event_hash(text));
}

void ChainVerifier::erased(const Json& stub) {
    const auto seq = number_of(stub, "seq");
    const std::string hash = text_of(stub, "erased");
    if (!seq || hash.size() != 64 || stub.size() != 2)
        return fault("modified", last_ ? last_->seq + 1 : 1,
                     "a line that stands for an erased event is malformed");
    if (erased_.size() >= max_erased)
        fault("missing", *seq, "too many erased events wait for the event that says so");
    else
        erased_[*seq] = hash;
    place(*seq, "", hash, false);
}

void ChainVerifier::event(const Json& event, const std::string& hash) {
    const auto seq = number_of(event, "seq");
    if (!seq || number_of(event, "v") != 1U || text_of(event, "type").empty()) {
        fault("modified", last_ ? last_->seq + 1 : 1,
              "line " + std::to_string(line_number_) + " is no event of version 1");
        last_ = Head{last_ ? last_->seq + 1 : 1, ""};
        return;
    }
    if (report_.node.empty()) report_.node = text_of(event, "node");
    if (text_of(event, "node") != report_.node) fault("modified", *seq, "it names another node");
    if (!is_salt(text_of(event, "salt"))) fault("modified", *seq, "its salt is none");
    is_signed_ = false;
    check_type(event);
    place(*seq, text_of(event, "prev"), hash, true);
    if (take_) take_(event);
}

/// Judges where an event stands: by its number, and by the hash of the line before it.
void ChainVerifier::place(std::uint64_t seq, const std::string& prev, const std::string& hash,
                          bool has_prev) {
    ++report_.events;
    ++report_.unsigned_tail;
    const std::uint64_t expected = last_ ? last_->seq + 1 : 1;
    if (seq < expected) {
        const auto known = hash_by_seq_.find(seq);
        const bool is_same = known != hash_by_seq_.end() && known->second == hash;
        return fault(is_same ? "doubled" : "swapped", seq,
                     is_same ? "it stands here again" : "it stands after a later one");
    }
    if (seq > expected) {
        fault("missing", expected,
              std::to_string(seq - expected) + " events are missing before " + std::to_string(seq));
    } else if (has_prev) {
        const std::string before = last_ ? last_->hash : std::string(64, '0');
        if (!before.empty() && prev != before)
            fault("modified", last_ ? last_->seq : seq, "the event after it was chained to another line");
    }
    last_ = Head{seq, hash};
    if (is_signed_) report_.unsigned_tail = 0;
    for (auto [at, end] = anchors_.equal_range(seq); at != end;) {
        const bool is_met = at->second.node == report_.node && at->second.head.hash == hash;
        at = is_met ? anchors_.erase(at) : std::next(at);
    }
    hash_by_seq_[seq] = hash;
    if (hash_by_seq_.size() > remembered) hash_by_seq_.erase(hash_by_seq_.begin());
}

void ChainVerifier::check_type(const Json& event) {
    const std::string type = text_of(event, "type");
    const std::uint64_t seq = *number_of(event, "seq");
    if (seq == 1 && type != "chain.start") fault("modified", seq, "a chain begins with chain.start");
    if (type == "chain.start") {
        if (seq != 1) fault("modified", seq, "a chain.start stands within the chain");
        public_key_ = text_of(event, "public_key");
    } else if (type == "checkpoint") {
        check_checkpoint(event);
    } else if (type == "chain.key_changed") {
        check_key_change(event);
    } else if (type == "chain.restored") {
        restored_.emplace_back(number_of(event, "anchored_seq").value_or(0), seq);
        fault("restored", seq, "the store was put back from a backup here: " + text_of(event, "reason"));
    } else if (type == "event.erased") {
        const auto at = erased_.find(number_of(event, "erased_seq").value_or(0));
        const bool is_signed_for = !text_of(event, "rule").empty() && !text_of(event, "by").empty();
        if (at != erased_.end() && at->second == text_of(event, "hash") && is_signed_for) erased_.erase(at);
    }
}

void ChainVerifier::check_checkpoint(const Json& event) {
    const std::uint64_t seq = *number_of(event, "seq");
    const std::string text = checkpoint_text(text_of(event, "node"), before(event), text_of(event, "time"));
    ++report_.checkpoints;
    // The last one has no line after it, so what its signature does not cover must not vary.
    if (event.size() != 8) fault("modified", seq, "a checkpoint has members that it should not have");
    is_signed_ = verify_signature(public_key_, text, checkpoint_namespace, text_of(event, "signature"));
    if (!is_signed_) fault("bad_signature", seq, "the checkpoint is not signed by the node's key");
}

void ChainVerifier::check_key_change(const Json& event) {
    const std::string fresh = text_of(event, "public_key");
    const std::string text =
        key_change_text(text_of(event, "node"), before(event), text_of(event, "time"), fresh);
    if (!verify_signature(public_key_, text, key_change_namespace, text_of(event, "signature")))
        fault("bad_signature", *number_of(event, "seq"), "the new key is not signed by the old one");
    public_key_ = fresh;
}

/// What is left here was anchored, and did not come by as it was.
void ChainVerifier::check_anchors() {
    for (const auto& [seq, anchor] : anchors_) {
        if (!report_.node.empty() && anchor.node != report_.node) continue;
        const bool is_given_up = std::any_of(
            restored_.begin(), restored_.end(),
            [at = seq](const auto& restore) { return at <= restore.first && at >= restore.second; });
        const std::string when = "it was anchored at " + anchor.time;
        if (is_given_up)
            fault("lost_in_restore", anchor.head.seq, when + " and was given up by the restore");
        else if (!last_ || last_->seq < anchor.head.seq)
            fault("behind_anchor", anchor.head.seq, when + ", but the chain ends before it");
        else
            fault("behind_anchor", anchor.head.seq, when + " with another hash");
    }
    if (!report_.node.empty() && !anchored_nodes_.empty() && anchored_nodes_.count(report_.node) == 0)
        fault("behind_anchor", 0,
              "no anchor that was given is of this chain's node, so nothing from outside speaks for it");
}

Report ChainVerifier::finish(Ending ending, bool is_cut) {
    if (last_ && ending == Ending::checkpoint && report_.unsigned_tail > 0)
        fault("truncated", last_->seq,
              "the export does not end with a signed checkpoint: what came after its end is missing");
    if (is_cut) fault("truncated", last_ ? last_->seq : 1, "the last line has no end");
    if (!last_) fault("missing", 1, "there are no events at all");
    for (const auto& [seq, hash] : erased_)
        fault("missing", seq, "it was erased without an event that says so");
    check_anchors();
    if (last_) report_.head = *last_;
    return std::move(report_);
}

Report verify_chain(std::istream& in, const std::vector<Anchor>& anchors) {
    ChainVerifier verifier(anchors);
    std::string buffer(max_line + 2, '\0');  // no line may take more, whoever wrote it
    bool is_cut = false;
    while (in.getline(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
        const bool is_too_long = in.fail() && !in.eof();
        is_cut = in.eof();
        const auto read = static_cast<std::size_t>(in.gcount());
        verifier.line({buffer.data(), is_cut || is_too_long ? read : read - 1});
        if (!is_too_long) continue;
        in.clear();
        in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return verifier.finish(Ending::checkpoint, is_cut);
}

}  // namespace sallyport
