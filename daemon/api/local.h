// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "daemon/runtime/metrics.h"

namespace sallyport::api {

/// `/healthz` and `/metrics` for whoever is on this machine, and nothing else. Listens on a loopback
/// ADDRESS:PORT until dropped. Throws Error{Code::config} if the address is not loopback or cannot be bound.
class LocalHttp {
 public:
    LocalHttp(boost::asio::any_io_executor executor, const std::string& address,
              const runtime::Metrics& metrics, const runtime::Health& health);
    ~LocalHttp();

 private:
    struct Parts;
    std::shared_ptr<Parts> parts_;
};

}  // namespace sallyport::api
