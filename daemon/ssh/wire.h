// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "common/clock.h"
#include "daemon/ssh/handles.h"

namespace sallyport::ssh {

class Leg;

/// One libssh event context with the legs of one session in it, and the turn that drives them: poll without
/// waiting, let each leg take its messages, run the pumps, then resume what waits. Lives on one thread.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
    explicit Wire(boost::asio::any_io_executor executor);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// Waits until `ready` is true, asked once now and then in every turn; false if `deadline` came first.
    /// `ready` may call libssh (it runs outside its callbacks) and must not throw.
    [[nodiscard]] boost::asio::awaitable<bool> until(std::function<bool()> ready,
                                                     SteadyTime deadline = SteadyTime::max());

    /// Has a turn run soon; after every call that gave libssh something to send.
    void kick();
    /// Has a turn run now, if none is due; only from a handler of the executor's, never from within a turn.
    void wake();

    /// Adds a step to every turn that moves bytes and says whether it did; taken out when the token is
    /// dropped.
    [[nodiscard]] std::shared_ptr<void> add_pump(std::function<bool()> pump);

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }
    [[nodiscard]] ssh_event event() const noexcept { return event_.get(); }

 private:
    friend class Leg;
    struct Waiter {
        const std::function<bool()>& ready;
        boost::asio::steady_timer timer;
        bool is_done = false;
    };
    struct Pump {
        std::function<bool()> step;
        bool is_gone = false;
    };

    void attach(Leg& leg);
    void detach(Leg& leg);
    /// While it lives, `leg` alone is in the event.
    class Alone {
     public:
        Alone(Wire& wire, const Leg& leg);
        ~Alone();
        Alone(const Alone&) = delete;
        Alone& operator=(const Alone&) = delete;

     private:
        Wire& wire_;
        const Leg& leg_;
    };
    void turn();
    bool round();
    void rest();
    [[nodiscard]] std::uint64_t traffic() const;
    void resume();

    boost::asio::any_io_executor executor_;
    EventPtr event_;
    std::vector<Leg*> legs_;
    std::list<Waiter*> waiters_;
    std::list<std::shared_ptr<Pump>> pumps_;
    boost::asio::steady_timer rested_;  // ends the rests that have lasted long enough
    bool is_scheduled_ = false;
};

}  // namespace sallyport::ssh
