// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/tasks.h"

#include <exception>
#include <utility>

#include "daemon/runtime/spawn.h"

namespace sallyport::ssh {

boost::asio::awaitable<void> Tasks::counted(boost::asio::awaitable<void> task) {
    std::exception_ptr failure;
    try {
        co_await std::move(task);
    } catch (...) {
        failure = std::current_exception();
    }
    --count_;
    wire_.kick();
    if (failure) std::rethrow_exception(failure);
}

void Tasks::begin(boost::asio::awaitable<void> task, const char* name) {
    ++count_;
    runtime::spawn(wire_.executor(), counted(std::move(task)), name);
}

boost::asio::awaitable<void> Tasks::finish() {
    std::function<bool()> is_done = [this] { return is_empty(); };
    co_await wire_.until(std::move(is_done));
}

}  // namespace sallyport::ssh
