// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/http.h"

#include <sys/socket.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

#include "common/error.h"
#include "daemon/runtime/log.h"

namespace sallyport::api {
namespace {

namespace http = boost::beast::http;
using boost::asio::use_awaitable;
using namespace std::chrono_literals;
using Stream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

constexpr std::uint32_t max_head = 8 * 1024;

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decoded(std::string_view text, bool is_query) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape =
            text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
        if (is_escape) {
            out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            out += is_query && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

Request read_target(std::string_view method, std::string_view target) {
    Request out;
    out.method = method;
    const std::size_t mark = std::min(target.find('?'), target.size());
    out.path = decoded(target.substr(0, mark), false);
    while (out.path.size() > 1 && out.path.back() == '/') out.path.pop_back();
    for (std::string_view rest = target.substr(mark); rest.size() > 1;) {
        rest.remove_prefix(1);
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::size_t equal = std::min(rest.substr(0, end).find('='), end);
        out.query[decoded(rest.substr(0, equal), true)] =
            equal < end ? decoded(rest.substr(equal + 1, end - equal - 1), true) : "";
        rest.remove_prefix(end);
    }
    return out;
}

template <typename Message>
void guard(Message& message, const std::string& type) {
    message.set(http::field::content_type, type);
    message.set(http::field::cache_control, "no-store");
    message.set("X-Content-Type-Options", "nosniff");
    message.set("Content-Security-Policy", "default-src 'none'");
}

class BeastAnswer : public Answer {
 public:
    BeastAnswer(Stream& stream, std::chrono::seconds patience, bool keeps_alive, bool wants_body = true)
        : stream_(stream), patience_(patience), keeps_alive_(keeps_alive), wants_body_(wants_body) {}

    boost::asio::awaitable<void> send(int status, std::string type, std::string body) override {
        http::response<http::string_body> message(static_cast<http::status>(status), 11);
        guard(message, type);
        message.keep_alive(keeps_alive_);
        message.body() = std::move(body);
        message.prepare_payload();
        stream_.expires_after(patience_);
        http::response_serializer<http::string_body> whole(message);
        if (wants_body_)
            co_await http::async_write(stream_, whole, use_awaitable);
        else
            co_await http::async_write_header(stream_, whole, use_awaitable);
        is_sent_ = true;
    }

    boost::asio::awaitable<void> begin(std::string type) override {
        http::response<http::empty_body> message(http::status::ok, 11);
        guard(message, type);
        message.keep_alive(keeps_alive_);
        message.chunked(true);
        http::response_serializer<http::empty_body> head(message);
        stream_.expires_after(patience_);
        co_await http::async_write_header(stream_, head, use_awaitable);
        is_begun_ = true;
    }

    boost::asio::awaitable<void> piece(std::string bytes) override {
        if (bytes.empty()) co_return;
        stream_.expires_after(patience_);
        co_await boost::asio::async_write(stream_, http::make_chunk(boost::asio::buffer(bytes)),
                                          use_awaitable);
    }

    boost::asio::awaitable<void> finish() {
        if (is_begun_) co_await boost::asio::async_write(stream_, http::make_chunk_last(), use_awaitable);
    }

    [[nodiscard]] bool is_answered() const override { return is_sent_ || is_begun_; }

 private:
    Stream& stream_;
    std::chrono::seconds patience_;
    bool keeps_alive_;
    bool wants_body_;  // HEAD does not
    bool is_sent_ = false;
    bool is_begun_ = false;
};

boost::asio::generic::stream_protocol protocol_of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&address),
                        &size);  // a socket of ours always has a name
    return {address.ss_family, SOCK_STREAM};
}

/// One request and its answer; false when the connection is over.
boost::asio::awaitable<bool> serve_one(Stream& stream, boost::beast::flat_buffer& buffer,
                                       const Handler& handler, std::chrono::seconds patience,
                                       std::size_t max_body) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(max_head);
    parser.body_limit(max_body);
    stream.expires_after(patience);
    boost::system::error_code error;
    co_await http::async_read(stream, buffer, parser, boost::asio::redirect_error(use_awaitable, error));
    if (error == http::error::body_limit || error == http::error::header_limit) {
        BeastAnswer answer(stream, patience, false);
        co_await answer.send(413, "text/plain", "too large\n");
        co_return false;
    }
    if (error && error != http::error::end_of_stream && error != http::error::partial_message &&
        error.category() == http::make_error_code(http::error::bad_method).category()) {
        BeastAnswer answer(stream, patience, false);
        co_await answer.send(400, "text/plain", "this is no HTTP/1.1\n");
        co_return false;
    }
    if (error) co_return false;
    const auto& message = parser.get();
    Request request =
        read_target(std::string_view(message.method_string().data(), message.method_string().size()),
                    std::string_view(message.target().data(), message.target().size()));
    request.body = message.body();
    request.last_event_id = std::string(message["Last-Event-ID"]);
    BeastAnswer answer(stream, patience, message.keep_alive(), message.method() != http::verb::head);
    co_await handler(request, answer);
    if (!answer.is_answered()) co_await answer.send(500, "text/plain", "no answer\n");
    co_await answer.finish();
    co_return message.keep_alive();
}

}  // namespace

boost::asio::awaitable<void> serve_http(boost::asio::any_io_executor executor, int fd, Handler handler,
                                        std::chrono::seconds patience, std::size_t max_body) {
    boost::asio::generic::stream_protocol::socket socket(executor, protocol_of(fd), fd);
    Stream stream(std::move(socket));
    boost::beast::flat_buffer buffer(max_head + max_body);
    try {
        while (co_await serve_one(stream, buffer, handler, patience, max_body)) {
        }
    } catch (const boost::system::system_error&) {
        // The far end left or read nothing for too long: there is nobody to tell.
    } catch (const Error& error) {
        log::warn("an answer was cut", {{"cause", error.what()}});
    }
}

}  // namespace sallyport::api
