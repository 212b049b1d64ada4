// SPDX-License-Identifier: Apache-2.0
#include "cli/api.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "common/error.h"
#include "common/json.h"

namespace sallyport::cli {
namespace {

int listen_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd, 1) != 0)
        throw Error(Code::io, "make the socket " + path + ": " + os_error(errno));
    return fd;
}

/// In the child: waits for our own connection and becomes ssh with it as stdin and stdout.
[[noreturn]] void become_ssh(int listener, const std::vector<std::string>& command) {
    const int fd = ::accept(listener, nullptr, nullptr);
    if (fd >= 0 && ::dup2(fd, 0) == 0 && ::dup2(fd, 1) == 1) {
        try {
            ::close(fd);
            execute(command);
        } catch (const Error& error) {
            std::fprintf(stderr, "sallyport: %s\n", error.what());
        }
    }
    ::_exit(255);
}

[[noreturn]] void refuse(long status, const std::string& body) {
    std::string words = "the bastion answers with status " + std::to_string(status);
    try {
        const Json error = parse_json(body, JsonLaw::plain);
        words = error.at("errors").at(0).value("detail", words);
    } catch (const std::exception&) {
        // Not in our form: the status alone is told.
    }
    throw Error(status == 404 ? Code::not_found : Code::denied, words);
}

}  // namespace

Api::Api(const Bastion& bastion) {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Error(Code::io, "make a private folder: " + os_error(errno));
    folder_ = name;
    const int listener = listen_at(folder_ + "/api");
    auto command = bastion.ssh_command();
    command.insert(command.end(), {"-T", "-s", "sallyport@" + bastion.host, "api"});
    child_ = ::fork();
    if (child_ < 0) throw Error(Code::io, "start ssh: " + os_error(errno));
    if (child_ == 0) become_ssh(listener, command);
    ::close(listener);
    client_ = std::make_unique<HttpClient>(folder_ + "/api");
}

Api::~Api() {
    client_.reset();  // ssh sees the end of its input and leaves
    int status = 0;
    ::kill(child_, SIGTERM);
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    std::error_code ignored;  // nothing but our own socket lies there
    std::filesystem::remove_all(folder_, ignored);
}

Json Api::ask(const std::string& method, const std::string& path, const std::string& body) {
    std::string answer;
    const auto take = [&](std::string_view bytes) {
        answer.append(bytes);
        return answer.size() < 64 * 1024 * 1024;
    };
    const long status = client_->request(method, path, body, take);
    if (status >= 400) refuse(status, answer);
    try {
        return Json::parse(answer);
    } catch (const std::exception&) {
        throw Error(Code::protocol, "the bastion's answer is no JSON");
    }
}

Json Api::get(const std::string& path) {
    return ask("GET", path, "");
}

Json Api::post(const std::string& path, const Json& body) {
    return ask("POST", path, body.dump());
}

void Api::each(std::string path, const std::function<bool(const Json&)>& take) {
    while (!path.empty()) {
        const Json page = get(path);
        for (const Json& item : page.at("results"))
            if (!take(item)) return;
        path = page["next"].is_string() ? page["next"].get<std::string>() : "";
        if (!path.empty() && !path.starts_with("/api/v1/"))
            throw Error(Code::protocol, "the next page lies elsewhere");
    }
}

void Api::stream(const std::string& path, const std::function<void(std::string_view)>& take) {
    std::string first;
    const auto pass = [&](std::string_view bytes) {
        if (first.size() < 4096) first.append(bytes.substr(0, 4096));
        take(bytes);
        return true;
    };
    const long status = client_->request("GET", path, "", pass);
    if (status >= 400) refuse(status, first);
}

std::string with_query(const std::string& path,
                       const std::vector<std::pair<std::string, std::string>>& query) {
    std::string out = path;
    char sign = '?';
    char escape[8];
    for (const auto& [name, value] : query) {
        if (value.empty()) continue;
        out += sign + name + "=";
        sign = '&';
        for (const char c : value) {
            std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
            out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : escape;
        }
    }
    return out;
}

}  // namespace sallyport::cli
