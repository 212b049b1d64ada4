// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/http.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "daemon/runtime/spawn.h"

namespace sallyport::api {
namespace {

/// A server on one end of a socket pair; its handler keeps what it got and says how large it was.
class HttpTest : public ::testing::Test {
 protected:
    boost::asio::io_context io;
    std::vector<Request> got;

    static boost::asio::awaitable<void> keep(std::vector<Request>& all, const Request& request,
                                             Answer& answer) {
        all.push_back(request);
        if (request.path == "/pieces") {
            co_await answer.begin("text/plain");
            co_await answer.piece("one ");
            co_await answer.piece("two");
        } else if (request.path != "/silent") {
            co_await answer.send(200, "text/plain", "body of " + std::to_string(request.body.size()));
        }
    }

    /// All that comes back for `bytes`, sent whole and then ended.
    std::string answer_to(const std::string& bytes) {
        int fds[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        const int size = 1 << 20;
        (void)::setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        EXPECT_EQ(::send(fds[0], bytes.data(), bytes.size(), MSG_DONTWAIT),
                  static_cast<ssize_t>(bytes.size()));
        ::shutdown(fds[0], SHUT_WR);
        runtime::spawn(
            io.get_executor(),
            serve_http(io.get_executor(), fds[1],
                       [this](const Request& request, Answer& answer) { return keep(got, request, answer); }),
            "server");
        io.restart();
        io.run();
        std::string out;
        char chunk[4096];
        for (ssize_t count; (count = ::recv(fds[0], chunk, sizeof chunk, 0)) > 0;)
            out.append(chunk, static_cast<std::size_t>(count));
        ::close(fds[0]);
        return out;
    }
    static std::string request(const std::string& target, const std::string& fields = "",
                               const std::string& body = "") {
        return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields +
               (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
               body;
    }
};

bool says(const std::string& answer, const char* words) {
    return answer.find(words) != std::string::npos;
}

TEST_F(HttpTest, AnswersOneRequestAfterAnotherOnOneConnection) {
    const std::string answer = answer_to(request("/a/") + request("/b", "", "12345"));
    ASSERT_EQ(got.size(), 2U) << answer;
    EXPECT_EQ(got[0].path, "/a");
    EXPECT_EQ(got[1].path, "/b");
    EXPECT_TRUE(says(answer, "HTTP/1.1 200") && says(answer, "body of 5")) << answer;
}

TEST_F(HttpTest, StopsWhereTheClientSaysSo) {
    (void)answer_to(request("/a", "Connection: close\r\n") + request("/b"));
    EXPECT_EQ(got.size(), 1U);
}

TEST_F(HttpTest, DecodesPathAndQuery) {
    (void)answer_to(request(
        "/x%2Fy%20z+1/?from=2026-01-01T00%3A00%3A00%2B02%3A00&host=a%26b&empty=&bare&q=1+2&bad=%zz%4"));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].path, "/x/y z+1");
    EXPECT_EQ(got[0].query.at("from"), "2026-01-01T00:00:00+02:00");
    EXPECT_EQ(got[0].query.at("host"), "a&b");
    EXPECT_EQ(got[0].query.at("empty"), "");
    EXPECT_EQ(got[0].query.at("bare"), "");
    EXPECT_EQ(got[0].query.at("q"), "1 2");
    EXPECT_EQ(got[0].query.at("bad"), "%zz%4");
}

TEST_F(HttpTest, TellsBrowsersToKeepAndGuessNothing) {
    const std::string answer = answer_to(request("/a"));
    for (const char* line : {"Cache-Control: no-store\r\n", "X-Content-Type-Options: nosniff\r\n",
                             "Content-Security-Policy: default-src 'none'\r\n"})
        EXPECT_TRUE(says(answer, line)) << line << answer;
    EXPECT_FALSE(says(answer, "Access-Control"));
}

TEST_F(HttpTest, SendsAnAnswerInPiecesAsTheyCome) {
    const std::string answer = answer_to(request("/pieces"));
    EXPECT_TRUE(says(answer, "4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")) << answer;
}

TEST_F(HttpTest, AnswersForAHandlerThatDidNot) {
    EXPECT_TRUE(says(answer_to(request("/silent")), "HTTP/1.1 500"));
}

TEST_F(HttpTest, TakesABodyUpToItsBoundAndNoMore) {
    EXPECT_TRUE(says(answer_to(request("/a", "", std::string(64 * 1024, 'x'))), "body of 65536"));
    EXPECT_TRUE(says(answer_to(request("/a", "", std::string(64 * 1024 + 1, 'x'))), "HTTP/1.1 413"));
    EXPECT_EQ(got.size(), 1U);
    EXPECT_TRUE(says(answer_to("POST /a HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"), "HTTP/1.1 413"));
}

TEST_F(HttpTest, TakesAHeadUpToItsBoundAndNoMore) {
    EXPECT_TRUE(says(answer_to(request("/a", "X: " + std::string(7 * 1024, 'x') + "\r\n")), "HTTP/1.1 200"));
    EXPECT_TRUE(says(answer_to(request("/a", "X: " + std::string(9 * 1024, 'x') + "\r\n")), "HTTP/1.1 413"));
    EXPECT_TRUE(says(answer_to(request("/" + std::string(9 * 1024, 'x'))), "HTTP/1.1 413"));
    EXPECT_EQ(got.size(), 1U);
}

TEST_F(HttpTest, GivesWhatIsNoHttpToNobody) {
    for (const char* bytes :
         {"", "\x16\x03\x01", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nHost"})
        EXPECT_FALSE(says(answer_to(bytes), "200")) << bytes;
    EXPECT_TRUE(got.empty());
}

}  // namespace
}  // namespace sallyport::api
