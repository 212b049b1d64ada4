// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sallyport {

/// HTTP over a unix socket; one connection, kept alive.
class HttpClient {
 public:
    using Take = std::function<bool(std::string_view)>;  // false ends the transfer

    /// `socket` is a path of at most 107 bytes.
    explicit HttpClient(std::string socket);
    ~HttpClient();

    /// Sends a request and hands over the body as it comes. The status; throws Error{Code::unreachable}.
    [[nodiscard]] long request(const std::string& method, const std::string& path, const std::string& body,
                               const Take& take);

 private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace sallyport
