// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/wire.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <new>

#include "daemon/ssh/leg.h"

namespace sallyport::ssh {
namespace {

constexpr int max_rounds = 16;  // others on this thread wait meanwhile
constexpr auto max_rest = std::chrono::seconds(1);

}  // namespace

Wire::Wire(boost::asio::any_io_executor executor)
    : executor_(std::move(executor)), event_(ssh_event_new()), rested_(executor_) {
    if (!event_) throw std::bad_alloc();
}

Wire::~Wire() = default;

void Wire::attach(Leg& leg) {
    legs_.push_back(&leg);
}

void Wire::detach(Leg& leg) {
    std::erase(legs_, &leg);
}

Wire::Alone::Alone(Wire& wire, const Leg& leg) : wire_(wire), leg_(leg) {
    for (Leg* other : wire_.legs_)
        if (other != &leg_) other->withdraw();
}

Wire::Alone::~Alone() {
    for (Leg* other : wire_.legs_)
        if (other != &leg_) other->come_back();
}

void Wire::kick() {
    if (is_scheduled_) return;
    is_scheduled_ = true;
    boost::asio::post(executor_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->turn();
    });
}

void Wire::wake() {
    if (is_scheduled_) return;
    is_scheduled_ = true;
    turn();
}

void Wire::turn() {
    bool moved = true;
    for (int i = 0; i < max_rounds && moved; ++i) moved = round();
    is_scheduled_ = false;
    if (moved) kick();
    for (Leg* leg : legs_) leg->arm();
}

bool Wire::round() {
    const std::uint64_t before = traffic();
    // While messages wait no more is read, so that their number stays bounded.
    const auto any = [this](bool (Leg::*is_so)() const) {
        return std::any_of(legs_.begin(), legs_.end(), [&](Leg* leg) { return (leg->*is_so)(); });
    };
    bool moved = any(&Leg::has_messages);
    for (Leg* leg : legs_) leg->begin_round();
    rest();
    if (!moved && any(&Leg::is_in_event)) moved = ssh_event_dopoll(event_.get(), 0) == SSH_OK;
    for (std::size_t i = 0; i < legs_.size(); ++i) legs_[i]->step();
    for (std::size_t i = 0; i < legs_.size(); ++i) legs_[i]->judge();
    for (auto at = pumps_.begin(); at != pumps_.end();) {
        const auto pump = *at;
        if (!pump->is_gone) moved = pump->step() || moved;
        at = pump->is_gone ? pumps_.erase(at) : std::next(at);
    }
    resume();
    // An older libssh polls inside its calls: what that brought may concern whoever had its turn already.
    return moved || any(&Leg::has_messages) || traffic() != before;
}

// While the network takes no more on one leg, what the other one reads could only pile up here. Two that wait
// for each other are both read, within their windows; so is one whose rest lasts, for its peer may want to
// know that somebody is here.
void Wire::rest() {
    const SteadyTime now = std::chrono::steady_clock::now();
    const auto congested = std::count_if(legs_.begin(), legs_.end(), [&](Leg* leg) {
        return leg->is_congested() && now - leg->congested_since() < max_rest;
    });
    for (Leg* leg : legs_) leg->set_reading(congested == 0 || leg->is_congested());
    if (congested == 0 || rested_.expiry() > now) return;
    rested_.expires_at(now + max_rest);
    rested_.async_wait([weak = weak_from_this()](boost::system::error_code) {
        if (const auto self = weak.lock()) self->kick();
    });
}

std::uint64_t Wire::traffic() const {
    std::uint64_t bytes = 0;
    for (const Leg* leg : legs_) bytes += leg->traffic();
    return bytes;
}

void Wire::resume() {
    for (Waiter* waiter : waiters_) {
        if (waiter->is_done || !waiter->ready()) continue;
        waiter->is_done = true;
        waiter->timer.cancel();
    }
}

boost::asio::awaitable<bool> Wire::until(std::function<bool()> ready, SteadyTime deadline) {
    const std::uint64_t before = traffic();
    if (ready()) {
        if (traffic() != before) kick();  // what it brought may concern others
        co_return true;
    }
    Waiter waiter{ready, boost::asio::steady_timer(executor_, deadline)};
    struct Listed {
        std::list<Waiter*>& list;
        std::list<Waiter*>::iterator at;
        ~Listed() { list.erase(at); }
    };
    const auto self = shared_from_this();  // the list must outlive the entry
    const Listed listed{waiters_, waiters_.insert(waiters_.end(), &waiter)};
    kick();
    while (!waiter.is_done && std::chrono::steady_clock::now() < deadline) {
        boost::system::error_code ignored;  // a cancelled timer is the way we are called
        co_await waiter.timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    co_return waiter.is_done;
}

std::shared_ptr<void> Wire::add_pump(std::function<bool()> step) {
    auto pump = std::make_shared<Pump>(Pump{std::move(step)});
    pumps_.push_back(pump);
    return {pump.get(), [pump, weak = weak_from_this()](void*) {
                pump->is_gone = true;
                pump->step = nullptr;
                if (const auto self = weak.lock()) self->kick();
            }};
}

}  // namespace sallyport::ssh
