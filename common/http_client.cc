// SPDX-License-Identifier: Apache-2.0
#include "common/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <exception>

#include "common/error.h"

namespace sallyport {

struct HttpClient::Parts {
    std::string socket;
    std::unique_ptr<CURL, void (*)(CURL*)> handle{curl_easy_init(), &curl_easy_cleanup};
};

namespace {

constexpr std::size_t max_refusal = 64 * 1024;

/// One answer as it comes.
struct Transfer {
    CURL* handle;
    const HttpClient::Take& take;
    HttpClient::Outcome out;
    std::exception_ptr failure;  // which cannot pass through libcurl's frames

    bool body(std::string_view bytes) noexcept {
        try {
            curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &out.status);
            if (out.status < 400) return take(bytes);
            out.refusal.append(bytes.substr(0, max_refusal - std::min(max_refusal, out.refusal.size())));
            return true;
        } catch (...) {
            failure = std::current_exception();
            return false;
        }
    }
};

std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* transfer) noexcept {
    return static_cast<Transfer*>(transfer)->body({bytes, one * count}) ? one * count : 0;
}

}  // namespace

HttpClient::HttpClient(std::string socket) : parts_(std::make_unique<Parts>()) {
    parts_->socket = std::move(socket);
    if (!parts_->handle) throw Error(Code::internal, "libcurl cannot be started");
}

HttpClient::~HttpClient() = default;

HttpClient::Outcome HttpClient::request(const std::string& method, const std::string& path,
                                        const std::string& body, const Take& take) {
    CURL* handle = parts_->handle.get();
    Transfer transfer{handle, take, {}, nullptr};
    curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, parts_->socket.c_str());
    curl_easy_setopt(handle, CURLOPT_URL, ("http://bastion" + path).c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, method == "GET" ? nullptr : body.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPGET, method == "GET" ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    const CURLcode rc = curl_easy_perform(handle);
    if (transfer.failure) std::rethrow_exception(transfer.failure);
    if (rc != CURLE_OK && rc != CURLE_WRITE_ERROR)
        throw Error(Code::unreachable,
                    std::string("the bastion's API does not answer: ") + curl_easy_strerror(rc));
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &transfer.out.status);
    return std::move(transfer.out);
}

}  // namespace sallyport
