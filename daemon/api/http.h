// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace sallyport::api {

/// A request whose head and body are read, within bounds: 8 KiB and what the server takes.
struct Request {
    std::string method;
    std::string path;                          // decoded, without a slash at its end
    std::map<std::string, std::string> query;  // decoded
    std::string body;
    std::string last_event_id;  // of a reader that goes on with a stream
};

/// An answer on its way: one whole body, or pieces that are sent as they come.
class Answer {
 public:
    virtual ~Answer() = default;
    /// Sends an answer whole.
    [[nodiscard]] virtual boost::asio::awaitable<void> send(int status, std::string type,
                                                            std::string body) = 0;
    /// Begins an answer whose pieces follow; each waits until the reader took it.
    [[nodiscard]] virtual boost::asio::awaitable<void> begin(std::string type) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<void> piece(std::string bytes) = 0;
    /// Whether an answer was sent or begun: there can be no second.
    [[nodiscard]] virtual bool is_answered() const = 0;
};

using Handler = std::function<boost::asio::awaitable<void>(const Request&, Answer&)>;

/// Serves HTTP/1.1 on a connected stream socket, which it owns, until the far end leaves, or sends no whole
/// request or takes no bytes for `patience`.
[[nodiscard]] boost::asio::awaitable<void> serve_http(
    boost::asio::any_io_executor executor, int fd, Handler handler,
    std::chrono::seconds patience = std::chrono::seconds(60), std::size_t max_body = 64 * 1024);

}  // namespace sallyport::api
