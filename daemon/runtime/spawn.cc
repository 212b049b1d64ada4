// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/spawn.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "daemon/runtime/log.h"

namespace sallyport::runtime {

void spawn(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> task,
           std::string name) {
    boost::asio::co_spawn(executor, std::move(task), [name = std::move(name)](std::exception_ptr failure) {
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            log::error("a task failed", {{"task", name}, {"cause", error.what()}});
        }
    });
}

}  // namespace sallyport::runtime
