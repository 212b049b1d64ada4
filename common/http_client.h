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

    /// What came back; the body of a status of 400 or more is in `refusal`, up to 64 KiB.
    struct Outcome {
        long status = 0;
        std::string refusal;
    };
    /// Sends a request and hands over the body of a good answer as it comes; what `take` throws is thrown
    /// here. Throws Error{Code::unreachable}.
    [[nodiscard]] Outcome request(const std::string& method, const std::string& path, const std::string& body,
                                  const Take& take);

 private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace sallyport
