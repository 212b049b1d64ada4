// SPDX-License-Identifier: Apache-2.0
#include "cli/api.h"

#include <signal.h>
#include <sys/prctl.h>
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
#include "common/escape.h"
#include "common/json.h"

namespace sallyport::cli {
namespace {

int listen_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw Error(Code::config, "the path of TMPDIR is too long for a socket; set a shorter one");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd, 1) != 0)
        throw Error(Code::io, "make the socket " + path + ": " + os_error(errno));
    return fd;
}

void remove(const std::string& folder) {
    ::unlink((folder + "/api").c_str());
    ::rmdir(folder.c_str());
}

/// In the child: waits for our own connection and becomes ssh with it as stdin and stdout. The folder has
/// served its purpose then, so that no way of leaving leaves it behind.
[[noreturn]] void become_ssh(int listener, const std::string& folder,
                             const std::vector<std::string>& command) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int fd = ::accept(listener, nullptr, nullptr);
    remove(folder);
    if (fd >= 0 && ::dup2(fd, 0) == 0 && ::dup2(fd, 1) == 1) {
        try {
            unshare_stderr();
            ::close(fd);
            execute(command);
        } catch (const Error& error) {
            std::fprintf(stderr, "sallyport: %s\n", error.what());
        }
    }
    ::_exit(255);
}

[[noreturn]] void refuse(const HttpClient::Outcome& out) {
    std::string words = "the bastion answers with status " + std::to_string(out.status);
    try {
        const Json error = parse_json(out.refusal, JsonLaw::plain);
        const Json& first = error.at("errors").at(0);
        words = escaped(first.value("detail", words));
        if (first.contains("attr") && first["attr"].is_string())
            words = escaped(first["attr"].get<std::string>()) + ": " + words;
    } catch (const std::exception&) {
        // Not in our form: the status alone is told.
    }
    throw Error(out.status == 404 ? Code::not_found : Code::denied, words);
}

}  // namespace

Api::Api(const Bastion& bastion) {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Error(Code::io, "make a private folder: " + os_error(errno));
    folder_ = name;
    try {
        start(bastion);
    } catch (const Error&) {
        remove(folder_);
        throw;
    }
}

void Api::start(const Bastion& bastion) {
    const int listener = listen_at(folder_ + "/api");
    auto command = bastion.ssh_command();
    command.insert(command.end(), {"-T", "-s", "sallyport@" + bastion.host, "api"});
    child_ = ::fork();
    if (child_ < 0) throw Error(Code::io, "start ssh: " + os_error(errno));
    if (child_ == 0) become_ssh(listener, folder_, command);
    ::close(listener);
    client_ = std::make_unique<HttpClient>(folder_ + "/api");
}

Api::~Api() {
    client_.reset();  // ssh sees the end of its input and leaves
    int status = 0;
    ::kill(child_, SIGTERM);
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    remove(folder_);  // if nothing was ever asked, it is still there
}

Json Api::ask(const std::string& method, const std::string& path, const std::string& body) {
    std::string answer;
    const auto take = [&](std::string_view bytes) {
        answer.append(bytes);
        return answer.size() < 64 * 1024 * 1024;
    };
    const auto out = client_->request(method, path, body, take);
    if (out.status >= 400) refuse(out);
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
        path = next_of(page);
    }
}

std::string Api::next_of(const Json& page) {
    const Json next = page.value("next", Json());
    const std::string path = next.is_string() ? next.get<std::string>() : "";
    if (!path.empty() && !path.starts_with("/api/v1/"))
        throw Error(Code::protocol, "the next page lies elsewhere");
    return path;
}

void Api::stream(const std::string& path, const std::function<void(std::string_view)>& take) {
    const auto pass = [&](std::string_view bytes) {
        take(bytes);
        return true;
    };
    const auto out = client_->request("GET", path, "", pass);
    if (out.status >= 400) refuse(out);
}

std::string encoded(const std::string& text) {
    std::string out;
    char escape[8];
    for (const char c : text) {
        const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
        std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
        out += is_plain ? std::string(1, c) : escape;
    }
    return out;
}

std::string with_query(const std::string& path,
                       const std::vector<std::pair<std::string, std::string>>& query) {
    std::string out = path;
    char sign = '?';
    for (const auto& [name, value] : query) {
        if (value.empty()) continue;
        out += sign + name + "=" + encoded(value);
        sign = '&';
    }
    return out;
}

}  // namespace sallyport::cli
