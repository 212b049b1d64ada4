// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/writer.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "daemon/runtime/log.h"

namespace sallyport::audit {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t max_batch = 512;
constexpr std::size_t max_waiting = 8192;             // commits that may wait; beyond it a session is refused
constexpr std::size_t max_posted = 64 * 1024 * 1024;  // bytes of posted events that are no ends
constexpr std::size_t own_weight = 1024;              // of an event, beside what came from outside
constexpr std::uint64_t checkpoint_events = 1000;
constexpr auto checkpoint_time = 60s;
constexpr auto beat_time = 5s;
constexpr auto probe_time = 5s;
constexpr auto tick_time = 500ms;
constexpr auto gather_time = 10ms;  // what nobody waits for joins what comes meanwhile in one transaction

/// What has a place however much waits. There are never more ends than starts, which a commit admitted and
/// which are refused while the store fails; a failure is told once for a session.
bool has_right_of_way(const Event& event) {
    return event.type() == "ssh_session.end" || event.type() == "channel.end" ||
           event.type() == "record.failure";
}

std::size_t weight(const Event& event) {
    return own_weight + event.outside_bytes();
}

}  // namespace

Writer::Writer(store::Store& store, NodeKey key, Options options, std::vector<std::unique_ptr<Sink>> sinks,
               std::vector<Event> ends, runtime::Metrics& metrics, runtime::Health& health)
    : store_(store),
      ledger_(store, std::move(key), options.node),
      options_(std::move(options)),
      sinks_(std::move(sinks)),
      metrics_(metrics),
      health_(health),
      reserve_(options_.state),
      space_(options_.state, options_.min_free) {
    std::vector<Event> first;
    if (ledger_.is_new())
        first.push_back(Event("chain.start").put("public_key", ledger_.key().public_line()));
    first.push_back(Event("node.start").put("version", options_.version).put("libssh", options_.libssh));
    for (Event& end : ends) first.push_back(std::move(end));
    for (std::size_t at = 0; at < first.size(); at += max_batch) {
        std::vector<const Event*> part;
        for (std::size_t i = at; i < std::min(first.size(), at + max_batch); ++i) part.push_back(&first[i]);
        for (const Result& result : append(part))
            if (const auto* error = std::get_if<Error>(&result)) throw Error(Code::record, error->what());
    }
    append_checkpoint();
    look_at_space();
    metrics_.gauge("sallyport_audit_queue_depth", "Events that wait for their commit.",
                   [this] { return static_cast<double>(waiting_.load()); });
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "audit");
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
    metrics_.gauge("sallyport_audit_queue_depth", "Events that wait for their commit.", [] { return 0.0; });
}

void Writer::enqueue(Item item) {
    {
        const std::lock_guard lock(mutex_);
        if (!has_place(item)) return lose(item);
        if (item.event && !item.answer && !has_right_of_way(*item.event)) item.held = weight(*item.event);
        held_ += item.held;
        if (item.answer) ++asked_;
        queue_.push_back(std::move(item));
        ++waiting_;
    }
    wake_.notify_one();
}

/// What somebody waits for is refused beyond a bound; ends always have a place; of the rest, which operators
/// can cause without end while the store fails, only so much is held.
bool Writer::has_place(const Item& item) const {
    if (is_stopping_) return false;
    if (item.answer) return queue_.size() < max_waiting;
    return !item.event || has_right_of_way(*item.event) || held_ + weight(*item.event) <= max_posted;
}

void Writer::lose(const Item& item) {
    if (item.answer) return item.answer(Error(Code::record, "the audit queue is full or closed"));
    ++metrics_.counter("sallyport_audit_lost_total", "Events that could not be kept.");
    // One line for all: who causes them must not fill the log instead.
    if (lost_++ == 0 || is_stopping_)
        log::error("an event has no place in the audit queue",
                   {{"type", item.event ? item.event->type() : ""}});
}

void Writer::post(Event event) {
    enqueue({std::move(event), nullptr});
}

void Writer::auth_failed(std::string kind, std::string source_address, std::string name) {
    const std::lock_guard lock(mutex_);
    failed_logins_.add(kind, source_address, name, wall_now());
}

namespace {

/// Where an answer of the writer's thread waits for the coroutine that asked.
struct Answer {
    explicit Answer(boost::asio::any_io_executor executor) : timer(executor, SteadyTime::max()) {}
    boost::asio::steady_timer timer;
    std::optional<std::variant<Committed, Error>> result;
};

boost::asio::awaitable<Committed> wait_for(std::shared_ptr<Answer> answer) {
    while (!answer->result) {
        boost::system::error_code ignored;  // a cancelled timer is the way we are called
        co_await answer->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    if (const auto* error = std::get_if<Error>(&*answer->result)) throw *error;
    co_return std::get<Committed>(*answer->result);
}

std::function<void(std::variant<Committed, Error>)> answer_to(const std::shared_ptr<Answer>& answer) {
    // The timer dies on its own thread: the writer's hold on it goes over with the answer.
    return [held = answer](std::variant<Committed, Error> result) mutable {
        const auto executor = held->timer.get_executor();
        boost::asio::post(executor, [answer = std::move(held), result = std::move(result)] {
            answer->result = result;
            answer->timer.cancel();
        });
    };
}

}  // namespace

boost::asio::awaitable<Committed> Writer::commit(Event event) {
    // Little space refuses new sessions; what runs, and what makes room again, is still kept.
    if (!is_healthy_) throw Error(Code::record, "the audit store takes nothing now");
    const auto answer = std::make_shared<Answer>(co_await boost::asio::this_coro::executor);
    enqueue({std::move(event), answer_to(answer)});
    auto waiting = wait_for(answer);
    co_return co_await std::move(waiting);
}

boost::asio::awaitable<std::uint64_t> Writer::checkpoint() {
    const auto answer = std::make_shared<Answer>(co_await boost::asio::this_coro::executor);
    enqueue({std::nullopt, answer_to(answer)});
    auto waiting = wait_for(answer);
    const Committed head = co_await std::move(waiting);
    co_return head.seq;
}

void Writer::set_min_free(const std::string& min_free) {
    space_.set_least(min_free);
}

std::vector<Writer::Item> Writer::next_batch() {
    std::unique_lock lock(mutex_);
    if (again_.empty()) {
        wake_.wait_for(lock, tick_time, [this] { return !queue_.empty() || is_stopping_; });
        wake_.wait_for(lock, gather_time, [this] {
            return queue_.empty() || queue_.size() >= max_batch || asked_ > 0 || is_stopping_;
        });
    } else {
        wake_.wait_for(lock, tick_time,
                       [this] { return is_stopping_.load(); });  // the store fails: do not spin
    }
    // Read once, under the lock: what comes before a stop is in this batch or the next one.
    const bool is_stopping = is_stopping_;
    std::vector<Item> batch;
    while (!again_.empty() && batch.size() < max_batch) {
        batch.push_back(std::move(again_.front()));
        again_.pop_front();
    }
    while (!queue_.empty() && batch.size() < max_batch) {
        if (queue_.front().answer) --asked_;
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
        --waiting_;
    }
    is_drained_ = is_stopping && batch.empty();
    // While the store fails they stay where their number is bounded.
    if (!is_healthy_) return batch;
    if (const std::uint64_t lost = std::exchange(lost_, 0); lost > 0)
        batch.push_back({Event("record.failure")
                             .put("what", "events")
                             .put("lost", lost)
                             .put("cause", "more events came than could be held until they were kept"),
                         nullptr});
    for (Event& event : failed_logins_.take(wall_now(), is_stopping))
        batch.push_back({std::move(event), nullptr});
    return batch;
}

void Writer::run() {
    for (;;) {
        std::vector<Item> batch = next_batch();
        if (!batch.empty()) write(std::move(batch));
        tick();
        // A store that fails to the end leaves what is posted to the next start, which writes the ends as
        // `crash`.
        if (is_drained_ || (is_stopping_ && !is_healthy_)) break;
    }
    if (!is_healthy_) return refuse_the_rest();
    std::vector<Item> last;
    last.push_back({Event("node.stop").put("reason", "stop"), nullptr});
    last.push_back({std::nullopt, nullptr});
    write(std::move(last));
    reserve_.give_up();
}

/// Nobody may wait for an answer that no thread will give.
void Writer::refuse_the_rest() {
    const std::lock_guard lock(mutex_);
    for (Item& item : queue_)
        if (item.answer) item.answer(Error(Code::record, "the audit store fails and the daemon stops"));
    queue_.clear();
    asked_ = 0;
}

void Writer::write(std::vector<Item> batch) {
    std::vector<Result> results;
    if (!keep(batch, results)) return;
    {
        const std::lock_guard lock(mutex_);
        for (const Item& item : batch) held_ -= item.held;
    }
    for (std::size_t i = 0; i < batch.size(); ++i)
        if (batch[i].answer) batch[i].answer(results[i]);
}

/// Commits a batch; on a full disk gives up the reserve and tries once more.
bool Writer::keep(std::vector<Item>& batch, std::vector<Result>& results) {
    std::vector<const Event*> events;
    bool wants_checkpoint = is_checkpoint_due();
    for (const Item& item : batch) {
        if (item.event) events.push_back(&*item.event);
        wants_checkpoint = wants_checkpoint || !item.event;
    }
    std::vector<Result> kept;
    try {
        kept = append_with_reserve(events);
        if (!events.empty()) recovered();  // that nothing was to be kept shows nothing
    } catch (const Error& error) {
        failed(batch, error);
        return false;
    }
    const Result signed_head = wants_checkpoint ? try_checkpoint() : Result(Committed{});
    std::size_t next = 0;
    for (const Item& item : batch) results.push_back(item.event ? kept[next++] : signed_head);
    return true;
}

std::vector<Ledger::Result> Writer::append_with_reserve(const std::vector<const Event*>& events) {
    try {
        return append(events);
    } catch (const Error& error) {
        if (error.code() != Code::disk_full || !reserve_.is_held()) throw;
    }
    log::warn("the disk is full: the reserve is given up so that what runs can be ended on record");
    reserve_.give_up();
    return append(events);
}

/// A checkpoint that fails takes nothing away from the events before it, which are kept.
Writer::Result Writer::try_checkpoint() {
    try {
        append_checkpoint();
        const Head head = ledger_.head().value_or(Head{});
        return Committed{head.seq, head.hash, ""};
    } catch (const Error& error) {
        std::vector<Item> none;
        failed(none, error);
        return Error(Code::record, error.what());
    }
}

std::vector<Ledger::Result> Writer::append(const std::vector<const Event*>& events) {
    if (events.empty()) return {};
    const auto begun = std::chrono::steady_clock::now();
    std::vector<Result> results = ledger_.append(events);
    last_seq_ = ledger_.head().value_or(Head{}).seq;
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    metrics_.counter("sallyport_audit_events_total", "Events that were committed.") +=
        static_cast<std::uint64_t>(std::count_if(results.begin(), results.end(), [](const Result& result) {
            return std::holds_alternative<Committed>(result);
        }));
    metrics_.counter("sallyport_audit_commits_total", "Transactions of the audit store.") += 1;
    metrics_.counter("sallyport_audit_commit_microseconds_total", "Time that those transactions took.") +=
        static_cast<std::uint64_t>(took.count());
    return results;
}

bool Writer::is_checkpoint_due() const {
    const std::uint64_t since = ledger_.unsigned_events();
    return since >= checkpoint_events ||
           (since > 0 && std::chrono::steady_clock::now() - last_checkpoint_ >= checkpoint_time);
}

void Writer::append_checkpoint() {
    const auto anchor = ledger_.checkpoint();
    last_seq_ = ledger_.head().value_or(Head{}).seq;
    if (!anchor) return;
    last_checkpoint_ = std::chrono::steady_clock::now();
    bool is_well = true;
    for (const auto& sink : sinks_) {
        try {
            sink->anchor(*anchor);
        } catch (const Error& error) {
            is_well = false;
            health_.trouble("anchors", error.what());
            log::error("an anchor could not be written", {{"cause", error.what()}});
        }
    }
    if (is_well) health_.well("anchors");
}

void Writer::failed(std::vector<Item>& batch, const Error& error) {
    if (is_healthy_.exchange(false)) {
        log::error("the audit store fails: new sessions are refused, live ones end",
                   {{"cause", error.what()}});
        if (options_.began_to_fail) options_.began_to_fail();
    }
    failure_ = error.what();
    health_.trouble("store", error.what());
    for (auto item = batch.rbegin(); item != batch.rend(); ++item) {
        if (item->answer)
            item->answer(Error(Code::record, error.what()));
        else if (item->event)
            again_.push_front(std::move(*item));
    }
}

void Writer::recovered() {
    if (is_healthy_) return;
    log::info("the audit store works again");
    health_.well("store");
    // Queued before anybody can see that we are well, and stop us.
    post(Event("record.failure").put("what", "store").text("cause", failure_));
    is_healthy_ = true;
}

void Writer::beat() {
    if (is_healthy_ && std::chrono::steady_clock::now() - last_beat_ < beat_time) return;
    last_beat_ = std::chrono::steady_clock::now();
    store_.beat(to_rfc3339(wall_now()));
}

void Writer::look_at_space() {
    const bool is_enough = space_.is_enough();
    if (has_space_.exchange(is_enough) && !is_enough) {
        log::error("too little disk space is free: new sessions are refused", {{"state", options_.state}});
        health_.trouble("space", "less than recording.min_free is free; make room");
    }
    if (is_enough) health_.well("space");
    if (is_enough && is_healthy_) reserve_.take();
}

/// New sessions fail by themselves without their recording; this says so before one comes, and when it is
/// over.
void Writer::look_at_recordings() {
    const auto now = std::chrono::steady_clock::now();
    if (options_.recordings.empty() || (is_recordings_folder_well_ && now - last_probe_ < probe_time)) return;
    last_probe_ = now;
    const auto trouble = trouble_in(options_.recordings);
    if (trouble) {
        health_.trouble("recordings", *trouble);
        if (is_recordings_folder_well_)
            log::error("recordings cannot be made: new sessions are refused", {{"cause", *trouble}});
    } else if (!is_recordings_folder_well_) {
        health_.well("recordings");
        log::info("recordings can be made again");
    }
    is_recordings_folder_well_ = !trouble;
}

void Writer::tick() {
    look_at_space();
    look_at_recordings();
    try {
        beat();
        if (is_checkpoint_due()) (void)try_checkpoint();
        // Nothing was queued while it failed: a beat that is kept shows that it works again.
        if (!is_healthy_ && again_.empty()) recovered();
    } catch (const Error& error) {
        std::vector<Item> none;
        failed(none, error);
    }
}

}  // namespace sallyport::audit
