// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

#include "daemon/runtime/spawn.h"

namespace sallyport::runtime {
namespace {

using namespace std::chrono_literals;

/// Counts signs of life, and waits for more of them.
class Pulse {
 public:
    void beat() {
        const std::lock_guard lock(mutex_);
        ++count_;
        changed_.notify_all();
    }

    /// Whether `more` come within `patience`.
    bool goes_on(int more, std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        const int goal = count_ + more;
        return changed_.wait_for(lock, patience, [&] { return count_ >= goal; });
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int count_ = 0;
};

TEST(Watch, BeatsWhileEveryWorkerTurnsAndNotWhileOneHangs) {
    for (const std::size_t hung : {0U, 1U, 2U}) {
        Pulse pulse;
        Workers workers(3);
        spawn(workers.at(0).io.get_executor(), watch(workers, 1ms, [&pulse] { pulse.beat(); }), "watch");
        EXPECT_TRUE(pulse.goes_on(3, 30s)) << hung;

        std::promise<void> hangs;
        std::promise<void> release;
        boost::asio::post(workers.at(hung).io, [&hangs, released = release.get_future().share()] {
            hangs.set_value();
            released.wait();
        });
        hangs.get_future().wait();
        (void)pulse.goes_on(2, 20ms);  // what was asked before may still be answered
        EXPECT_FALSE(pulse.goes_on(1, 100ms)) << hung;

        release.set_value();
        EXPECT_TRUE(pulse.goes_on(3, 30s)) << hung;
    }
}

TEST(Watch, IsGoneWithItsWorkers) {
    const auto count = std::make_shared<std::atomic<int>>(0);
    {
        Workers workers(2);
        spawn(workers.at(0).io.get_executor(), watch(workers, 1h, [count] { ++*count; }), "watch");
    }
    EXPECT_EQ(count.use_count(), 1);
}

}  // namespace
}  // namespace sallyport::runtime
