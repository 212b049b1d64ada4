// SPDX-License-Identifier: Apache-2.0
#include "daemon/relay/relay.h"

#include <algorithm>

#include "common/ids.h"
#include "daemon/relay/environment.h"
#include "daemon/runtime/log.h"
#include "daemon/runtime/spawn.h"

namespace sallyport::relay {
namespace {

using ssh::Request;
using namespace std::chrono_literals;

constexpr auto answer_patience = 30s;  // a target that answers neither yes nor no
constexpr auto linger_patience = 5s;   // queued input of an operator who left is still written for so long
constexpr auto tell_patience = 8s;     // who pauses for longer than a moment still hears the last words

SteadyTime after(std::chrono::steady_clock::duration patience) {
    return std::chrono::steady_clock::now() + patience;
}

}  // namespace

Relay::Relay(ssh::Door& door, ssh::Link& link, Gate& gate) : door_(door), link_(link), gate_(gate) {}

bool Relay::is_ending() const {
    return stop_ || failure_ || !door_.is_alive() || !link_.is_alive();
}

// Seen in every round: an operator whose target is gone may leave before the turn ends and `run` goes on.
bool Relay::note_who_left() {
    if (!left_ && !door_.is_alive()) left_ = End::operator_left;
    if (!left_ && !link_.is_alive()) left_ = End::target_left;
    return left_.has_value();
}

ssh::Link::Patience Relay::patience() const {
    return {after(answer_patience), [this] { return is_ending(); }};
}

void Relay::stop(std::string words) {
    if (!stop_) stop_ = std::move(words);
    door_.wire().kick();
}

SteadyTime Relay::last_active() const {
    SteadyTime last = last_active_;
    for (const Live& live : live_)
        if (live.pair) last = std::max(last, live.pair->last_active());
    return last;
}

boost::asio::awaitable<Relay::End> Relay::run(std::optional<Begun> begun) {
    if (begun) start(std::move(*begun));
    while (!is_ending()) {
        co_await door_.wire().until([this] { return note_who_left() || is_ending() || door_.has_channel(); });
        while (auto channel = is_ending() ? nullptr : door_.take_channel()) start({std::move(channel), {}});
    }
    note_who_left();
    const End end = failure_ ? End::record_failed : stop_ ? End::stopped : *left_;
    co_await door_.wire().until([this] { return live_.empty(); });
    if (end == End::target_left)  // who was just told the last words has not written them out yet
        co_await door_.wire().until(
            [this] { return stop_ || failure_ || !door_.is_alive() || door_.channel_count() == 0; },
            after(linger_patience));
    co_return failure_ ? End::record_failed : end;
}

Relay::Live& Relay::begin() {
    Live& live = live_.emplace_back();
    live.line.id = new_id();
    live.line.number = ++count_;
    live.line.started = last_active_ = std::chrono::steady_clock::now();
    return live;
}

void Relay::start(Begun begun) {
    Live& live = begin();
    live.from_operator = std::move(begun.channel);
    runtime::spawn(door_.wire().executor(), serve(std::prev(live_.end()), std::move(begun.asked)), "channel");
}

/// One channel, from its opening to its record's end.
boost::asio::awaitable<void> Relay::serve(std::list<Live>::iterator at, std::vector<Request> asked) {
    Live& live = *at;
    std::string words;  // why it ended early
    try {
        runtime::spawn(door_.wire().executor(), open_target(live), "target channel");
        for (const Request& request : asked) co_await answer(live, request);
        if (!asked.empty()) {
            Request shell;
            shell.kind = Request::Kind::shell;
            co_await answer(live, shell);
            if (!live.pair) words = "the target refuses a shell";
        }
        while (words.empty() && !is_done(live) && !is_ending()) {
            co_await door_.wire().until(
                [&] { return is_done(live) || is_ending() || live.from_operator->has_request(); });
            if (const auto request = live.from_operator->next_request()) co_await answer(live, *request);
        }
        if (words.empty()) words = live.cause;
    } catch (const std::exception& error) {
        words = error.what();
        const auto* known = dynamic_cast<const Error*>(&error);
        if (known != nullptr && known->code() == Code::record && !failure_) failure_ = *known;
    }
    if (!words.empty()) log::debug("a channel ended early", {{"channel", live.line.id}, {"cause", words}});
    if (!words.empty() && !is_ending()) co_await tell(live, words);
    co_await linger(live);
    close(at);
}

bool Relay::carry(ssh::ForwardOpen& open) {
    if (is_ending()) return false;
    Live& live = begin();
    live.line.forward = open.place;
    if (open.place.path.empty()) live.line.origin = open.origin_host + ":" + std::to_string(open.origin_port);
    runtime::spawn(door_.wire().executor(), serve_forward(std::prev(live_.end()), std::move(open)),
                   "forward");
    return true;
}

/// Opens a forward on both sides; the words for the operator if it got nowhere.
boost::asio::awaitable<std::string> Relay::open_forward(Live& live, ssh::ForwardOpen& open) {
    if (auto words = co_await gate_.pass_forward(live.line)) co_return std::move(*words);
    live.to_target = co_await link_.open_forward(open, patience());
    live.from_operator = door_.accept(std::move(open));
    co_return live.from_operator ? "" : "the operator has left";
}

/// One forward, from what was asked to its record's end.
boost::asio::awaitable<void> Relay::serve_forward(std::list<Live>::iterator at, ssh::ForwardOpen open) {
    Live& live = *at;
    try {
        live.cause = co_await open_forward(live, open);
    } catch (const std::exception& error) {
        live.cause = error.what();
        const auto* known = dynamic_cast<const Error*>(&error);
        if (known != nullptr && known->code() == Code::record && !failure_) failure_ = *known;
    }
    if (!live.from_operator && open.message) door_.refuse(std::move(open), live.cause);
    if (live.from_operator) {
        flow(live);
        co_await door_.wire().until([&] { return is_done(live) || is_ending(); });
        co_await linger(live);
    }
    close(at);
}

boost::asio::awaitable<void> Relay::open_target(Live& live) {
    try {
        live.to_target = co_await link_.open_session(patience());
    } catch (const std::exception& error) {
        live.target_refused = error.what();
    }
    door_.wire().kick();
}

bool Relay::is_done(const Live& live) const {
    if (live.pair && live.pair->failure()) return true;
    return live.pair ? live.pair->is_over()
                     : live.from_operator->got_close() || live.from_operator->is_closed();
}

boost::asio::awaitable<void> Relay::answer(Live& live, const Request& request) {
    const bool is_misplaced = request.starts() ? live.pair != nullptr : false;
    if (is_misplaced || request.kind == Request::Kind::unknown) {
        live.from_operator->answer(request, false);
        co_return;
    }
    if (const auto words = co_await gate_.pass(live.line, request)) {
        live.from_operator->answer(request, request.starts());
        if (request.starts()) co_await tell(live, *words);
        co_return;
    }
    co_await door_.wire().until(
        [&] { return live.to_target || !live.target_refused.empty() || is_ending(); });
    if (!live.to_target && is_ending()) co_return;  // the words come with the end
    if (!live.to_target) {
        live.cause = live.target_refused;
        live.from_operator->answer(request, request.starts());
        co_await tell(live, "the target opens no channel: " + live.target_refused);
        co_return;
    }
    const bool is_granted = co_await forward(live, request);
    live.from_operator->answer(request, is_granted);
    if (is_granted && request.starts()) flow(live);
    if (!is_granted && request.starts()) end_refused(live);
}

/// A start that the target refused has ended; another one on this channel is another entry on record.
void Relay::end_refused(Live& live) {
    gate_.ended(live.line, {}, nullptr);
    live.line.id = new_id();
    live.line.is_on_record = false;
}

boost::asio::awaitable<bool> Relay::forward(Live& live, const Request& request) {
    if (request.kind == Request::Kind::env &&
        (live.line.env.size() >= max_env || !is_env_allowed(request.text)))
        co_return false;
    const bool is_granted = co_await link_.request(*live.to_target, request, patience());
    if (!is_granted) co_return false;
    if (request.kind == Request::Kind::pty) live.line.pty = {request.text, request.columns, request.rows};
    if (request.kind == Request::Kind::env) live.line.env.emplace_back(request.text, request.value);
    if (request.kind == Request::Kind::window_change && live.tap)
        live.tap->resize(request.columns, request.rows);
    co_return true;
}

/// A tap that denies ends its channel alone; one that cannot keep what it saw ends the session.
void Relay::note_failure(Live& live) {
    const auto& failure = live.pair->failure();
    if (!failure) return;
    if (failure->code() == Code::denied)
        live.cause = failure->what();
    else if (!failure_)
        failure_ = failure;
}

void Relay::flow(Live& live) {
    live.tap = gate_.tap(live.line);
    live.pair = std::make_unique<Pair>(*live.from_operator, *live.to_target, *live.tap);
    live.pump = door_.wire().add_pump([this, &live] {
        const bool moved = live.pair->step();
        note_failure(live);
        return moved;
    });
    door_.quick_acks(false);
    link_.quick_acks(false);
    door_.wire().kick();
}

boost::asio::awaitable<void> Relay::tell(Live& live, std::string words) {
    const std::string line = "sallyport: " + words + (live.line.pty ? "\r\n" : "\n");
    ssh::Channel& channel = *live.from_operator;
    live.pump.reset();  // nothing overtakes the last words
    co_await door_.wire().until([&] { return channel.room() >= line.size() || channel.got_close(); },
                                after(tell_patience));
    (void)channel.write(ssh::Stream::error, std::as_bytes(std::span(line)));
    ssh::Exit failed;
    failed.code = 255;
    channel.send_exit(failed);
    channel.send_eof();
    channel.close();
    // OpenSSH throws away what it has not written out yet when the connection ends under it; its own close
    // says that it has.
    co_await door_.wire().until([&] { return channel.got_close(); }, after(linger_patience));
}

/// What is still to be done when the session ends around a channel, or the channel ends by itself.
boost::asio::awaitable<void> Relay::linger(Live& live) {
    const auto is_flushed = [&] { return !live.pair || live.pair->bridge().to_operator.is_drained(); };
    if (!link_.is_alive() && !stop_)
        co_await door_.wire().until([&] { return is_flushed() || !door_.is_alive(); },
                                    after(linger_patience));
    if (is_ending() && !live.line.forward && !live.from_operator->is_closed() &&
        !live.from_operator->got_close()) {
        has_unreported_ = true;
        if (failure_)
            co_await tell(live, "this session cannot be recorded any more, so it ends");
        else if (stop_)
            co_await tell(live, *stop_);
        else if (door_.is_alive())
            co_await tell(live, "the target has closed the connection");
    }
    if (live.pair && live.pair->is_abandoned() && !live.line.forward) has_unreported_ = true;
    // Without a pump, which goes before the last words, nothing moves any more.
    const auto is_settled = [&] {
        return is_done(live) || failure_.has_value() || !link_.is_alive() || !live.pump;
    };
    co_await door_.wire().until(is_settled, after(linger_patience));
    if (live.line.forward) co_return;
    // The opening of the target's channel still holds on to `live`.
    co_await door_.wire().until([&] { return live.to_target || !live.target_refused.empty(); });
}

void Relay::close(std::list<Live>::iterator at) {
    Live& live = *at;
    live.pump.reset();
    LineEnd end;
    end.cause = live.cause;
    if (live.pair) {
        end.bytes_in = live.pair->bridge().to_target.total_out();
        end.bytes_out = live.pair->bridge().to_operator.total_out();
        last_active_ = std::max(last_active_, live.pair->last_active());
    }
    if (live.to_target) {
        end.exit = live.to_target->exit();
        live.to_target->close();
    }
    if (live.from_operator) live.from_operator->close();
    const bool is_reported = end.exit || !live.cause.empty() || live.line.forward;
    if (!is_reported) has_unreported_ = has_unreported_ || live.line.is_on_record;
    if (live.line.is_on_record) gate_.ended(live.line, end, live.tap.get());
    live.pair.reset();
    live_.erase(at);
    door_.wire().kick();
}

}  // namespace sallyport::relay
