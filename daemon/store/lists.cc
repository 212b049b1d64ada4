// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/lists.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "common/error.h"
#include "daemon/store/hours.h"
#include "daemon/store/tables.h"
#include "daemon/store/words.h"

namespace sallyport::store {
namespace {

constexpr std::chrono::seconds patience(3);

/// Where a page begins, out of its cursor: behind a number, or with a minus before it.
struct Start {
    std::int64_t seq = 0;
    bool is_backwards = false;
    bool is_first = true;  // of all pages
};

Start start_of(const Cut& cut) {
    std::string_view text = cut.cursor;
    Start out{0, cut.is_last && text.empty(), text.empty()};
    if (text.empty()) return out;
    out.is_backwards = text.front() == '-';
    if (out.is_backwards) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.seq, 36);
    if (error != std::errc() || end != text.data() + text.size() || out.seq < 0)
        throw Error(Code::input, "cursor: this is none that a list gave");
    return out;
}

std::string cursor_of(std::int64_t seq, const char* sign = "") {
    char text[16];
    return sign + std::string(text, std::to_chars(text, text + sizeof text, seq, 36).ptr);
}

/// A SELECT with the conditions that are asked for alone, so that SQLite finds the index for them.
class Question {
 public:
    explicit Question(Span span) : span_(span) {}

    void from(const Start& start) {
        if (!start.is_backwards) span_.first = std::max(span_.first, start.seq + 1);
        if (start.is_backwards && !start.is_first) span_.last = std::min(span_.last, start.seq - 1);
    }

    /// Every `?` in `condition` is `value`; an empty value asks nothing.
    Question& where(const std::string& condition, const std::string& value) {
        if (value.empty()) return *this;
        sql_ += " AND " + condition;
        values_.insert(values_.end(),
                       static_cast<std::size_t>(std::count(condition.begin(), condition.end(), '?')), value);
        return *this;
    }

    /// What is open is found by its own index: of a million sessions it is a few, and every start asks for
    /// them.
    void where_kind(const std::vector<std::string>& kinds, bool is_open) {
        sql_ += is_open ? " AND ended = '' AND +kind IN (?" : " AND kind IN (?";
        for (std::size_t i = 1; i < kinds.size(); ++i) sql_ += ", ?";
        sql_ += ")";
        values_.insert(values_.end(), kinds.begin(), kinds.end());
    }

    /// A host by the name that was asked for, or by one that it has in a workspace.
    void where_host(const Filter& filter) {
        if (filter.host.empty()) return;
        sql_ += " AND seq IN (SELECT seq FROM names WHERE name = ? AND seq BETWEEN ?1 AND ?2";
        values_.push_back(filter.host);
        for (const auto& [workspace, name] : filter.also) {
            sql_ += " UNION SELECT seq FROM names WHERE name = ? AND workspace = ? AND seq BETWEEN ?1 AND ?2";
            values_.insert(values_.end(), {name, workspace});
        }
        sql_ += ")";
    }

    [[nodiscard]] Statement ask(const Database& db, const std::string& select, const char* order,
                                std::size_t limit, std::size_t skip = 0) const {
        std::string sql = select + " WHERE seq BETWEEN ?1 AND ?2" + sql_;
        if (order[0] != '\0') sql += " ORDER BY seq " + std::string(order);
        Statement get(db, sql + " LIMIT " + std::to_string(limit) + " OFFSET " + std::to_string(skip));
        get.bind(1, span_.first).bind(2, span_.last);
        for (std::size_t i = 0; i < values_.size(); ++i) get.bind(static_cast<int>(i) + 3, values_[i]);
        return get;
    }

 private:
    Span span_;
    std::string sql_;
    std::vector<std::string> values_;
};

Question question_for(const Database& db, const Filter& filter, const Start& start) {
    // An instance has been known since long ago, and would keep every question from beginning late.
    const bool has_spans =
        std::find(filter.kinds.begin(), filter.kinds.end(), "cli_instance") == filter.kinds.end();
    Question question(has_spans ? Hours(db).of_open(filter.from, filter.to) : Span{});
    question.from(start);
    question.where_kind(filter.kinds, filter.status == "open" || filter.status == "running");
    question.where_host(filter);
    question.where("user = ?", filter.user).where("workspace = ?", filter.workspace);
    question.where("run_id = ?", filter.run_id).where("status = ?", filter.status);
    question.where("began <= ?", filter.to).where("(ended = '' OR ended >= ?)", filter.from);
    question.where(
        "id IN (SELECT about FROM events WHERE seq IN (SELECT rowid FROM words WHERE words MATCH ?))",
        filter.text.empty() ? "" : words_asked(filter.text));
    return question;
}

Question question_for(const Database& db, const EventFilter& filter, const Start& start) {
    Question question(Hours(db).of_events(filter.from, filter.to));
    question.from(start);
    question.where("type = ?", filter.type).where("about = ?", filter.about);
    // The plus keeps SQLite from sorting a whole window that it found by time.
    question.where("+time >= ?", filter.from).where("+time <= ?", filter.to);
    question.where("seq IN (SELECT rowid FROM words WHERE words MATCH ?)",
                   filter.text.empty() ? "" : words_asked(filter.text));
    return question;
}

/// Takes the rows of one page and finds what is before and behind it.
template <typename T, typename Read, typename Weigh>
Page<T> take_page(Statement get, const Start& start, std::size_t limit, std::size_t skip, Read read,
                  Weigh weigh) {
    Page<T> page;
    std::vector<std::int64_t> numbers;
    std::size_t bytes = 0;
    bool is_more = false;
    while (get.step()) {
        is_more = numbers.size() == limit || bytes >= max_page_bytes;
        if (is_more) break;
        page.items.push_back(read(get));
        numbers.push_back(get.number(0));
        bytes += weigh(page.items.back());
    }
    if (start.is_backwards) std::reverse(page.items.begin(), page.items.end());
    if (start.is_backwards) std::reverse(numbers.begin(), numbers.end());
    const bool has_before = start.is_backwards ? is_more : !start.is_first || (skip > 0 && !numbers.empty());
    const bool has_behind = start.is_backwards ? !start.is_first : is_more;
    if (has_before) page.previous = cursor_of(numbers.empty() ? start.seq + 1 : numbers.front(), "-");
    if (has_behind) page.next = cursor_of(numbers.empty() ? start.seq - 1 : numbers.back());
    return page;
}

std::size_t count_of(Statement get) {
    std::size_t out = 0;
    while (get.step()) ++out;
    return out;
}

const char* order_of(const Start& start) {
    return start.is_backwards ? "DESC" : "ASC";
}

}  // namespace

Page<Json> list(const Database& db, const Filter& filter, const Cut& cut) {
    const Patience bound(db, patience);
    const Start start = start_of(cut);
    const std::size_t limit = std::min(cut.limit, max_page);
    auto get = question_for(db, filter, start)
                   .ask(db, "SELECT seq, body, kind FROM resources", order_of(start), limit + 1, cut.skip);
    const auto read = [&db](const Statement& row) { return resource(db, row.text(2), row.text(1)); };
    return take_page<Json>(std::move(get), start, limit, cut.skip, read,
                           [](const Json& item) { return item.dump().size(); });
}

Page<Stored> list(const Database& db, const EventFilter& filter, const Cut& cut) {
    const Patience bound(db, patience);
    const Start start = start_of(cut);
    const std::size_t limit = std::min(cut.limit, max_page);
    auto get =
        question_for(db, filter, start)
            .ask(db, "SELECT seq, hash, type, time, line FROM events", order_of(start), limit + 1, cut.skip);
    auto page = take_page<Stored>(std::move(get), start, limit, cut.skip, stored,
                                  [](const Stored& item) { return item.line.size(); });
    // Also at the end, so that a reader can go on there later.
    if (page.next.empty() && !page.items.empty())
        page.next = cursor_of(static_cast<std::int64_t>(page.items.back().seq));
    return page;
}

std::size_t count(const Database& db, const Filter& filter) {
    const Patience bound(db, patience);
    return count_of(question_for(db, filter, {}).ask(db, "SELECT 1 FROM resources", "", max_count));
}

std::size_t count(const Database& db, const EventFilter& filter) {
    const Patience bound(db, patience);
    return count_of(question_for(db, filter, {}).ask(db, "SELECT 1 FROM events", "", max_count));
}

}  // namespace sallyport::store
