// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>

namespace sallyport::runtime {

/// Starts `task` on `executor`; what escapes from it is logged with `name`, never lost and never fatal.
void spawn(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> task, std::string name);

}  // namespace sallyport::runtime
