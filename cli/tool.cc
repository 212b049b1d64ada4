// SPDX-License-Identifier: Apache-2.0
#include "cli/tool.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "cli/bastion.h"
#include "common/error.h"

namespace sallyport::cli {
namespace {

constexpr std::size_t max_output = 64 * 1024 * 1024;
constexpr int look_every = 500;  // ms

/// A descriptor of ours, closed with its scope.
class Fd {
 public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        close();
        fd_ = std::exchange(other.fd_, -1);
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { close(); }
    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }
    [[nodiscard]] int get() const noexcept { return fd_; }

 private:
    int fd_ = -1;
};

struct Ends {
    Fd ours;
    Fd theirs;
};

Ends make_pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw Error(Code::io, "make a pipe: " + os_error(errno));
    return {Fd(fds[0]), Fd(fds[1])};
}

/// A terminal of the size of ours, whose output reaches us byte for byte.
Ends make_terminal() {
    winsize size{};
    (void)::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);  // without one it is of no size, as ours
    int ours = -1;
    int theirs = -1;
    if (::openpty(&ours, &theirs, nullptr, nullptr, &size) != 0)
        throw Error(Code::io, "make a terminal: " + os_error(errno));
    (void)::fcntl(ours, F_SETFD, FD_CLOEXEC);
    (void)::fcntl(theirs, F_SETFD, FD_CLOEXEC);
    return {Fd(ours), Fd(theirs)};
}

[[noreturn]] void become(const Tool& tool, int out, int errors) {
    for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_DFL);
    if (out >= 0) ::dup2(out, STDOUT_FILENO);
    if (errors < 0 && tool.is_quiet) errors = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (errors >= 0)
        ::dup2(errors, STDERR_FILENO);
    else
        unshare_stderr();
    for (const auto& [name, value] : tool.environment) {
        if (value.empty())
            ::unsetenv(name.c_str());
        else
            ::setenv(name.c_str(), value.c_str(), 1);
    }
    if (!tool.folder.empty() && ::chdir(tool.folder.c_str()) != 0) {
        std::fprintf(stderr, "sallyport: go to %s: %s\n", tool.folder.c_str(), os_error(errno).c_str());
        ::_exit(127);
    }
    try {
        execute(tool.command);
    } catch (const Error& error) {
        std::fprintf(stderr, "sallyport: %s\n", error.what());
    }
    ::_exit(127);
}

pid_t start(const Tool& tool, int out, int errors) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw Error(Code::io, "start " + tool.command.front() + ": " + os_error(errno));
    if (child == 0) become(tool, out, errors);
    return child;
}

Outcome outcome_of(int status) {
    if (WIFSIGNALED(status)) return {128 + WTERMSIG(status), WTERMSIG(status)};
    return {WEXITSTATUS(status), 0};
}

Outcome wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return outcome_of(status);
}

/// How a child ended, if it has.
std::optional<Outcome> ended(pid_t child) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) != child) return std::nullopt;
    return outcome_of(status);
}

void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;  // nobody reads us any more; the record goes on
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

volatile sig_atomic_t told_to_end = 0;
volatile sig_atomic_t is_resized = 0;

/// Our own answers to signals while a tool runs, put back with its scope.
class Signals {
 public:
    Signals() {
        told_to_end = 0;
        set(SIGINT, SIG_IGN);
        set(SIGQUIT, SIG_IGN);
        set(SIGTERM, [](int) { told_to_end = 1; });
        set(SIGHUP, [](int) { told_to_end = 1; });
        set(SIGWINCH, [](int) { is_resized = 1; });
        set(SIGPIPE, SIG_IGN);
    }
    ~Signals() {
        for (const auto& [number, before] : before_) ::sigaction(number, &before, nullptr);
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

 private:
    void set(int number, void (*handler)(int)) {
        struct sigaction now {};
        now.sa_handler = handler;
        struct sigaction before {};
        ::sigaction(number, &now, &before);
        before_.emplace_back(number, before);
    }
    std::vector<std::pair<int, struct sigaction>> before_;
};

void follow_size(int terminal) {
    winsize size{};
    if (is_resized == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return;
    is_resized = 0;
    (void)::ioctl(terminal, TIOCSWINSZ, &size);
}

}  // namespace

Outcome run_tool(const Tool& tool, const std::function<void(std::string_view)>& take,
                 const std::function<bool()>& is_unwanted) {
    const bool is_terminal = ::isatty(STDOUT_FILENO) != 0;
    Ends out = is_terminal ? make_terminal() : make_pipe();
    Ends errors = is_terminal ? Ends{} : make_pipe();
    const Signals signals;
    const pid_t child = start(tool, out.theirs.get(), is_terminal ? out.theirs.get() : errors.theirs.get());
    out.theirs.close();
    errors.theirs.close();
    std::array<pollfd, 2> from = {pollfd{out.ours.get(), POLLIN, 0}, pollfd{errors.ours.get(), POLLIN, 0}};
    std::array<char, 16 * 1024> buffer{};
    bool is_ended = false;
    std::optional<Outcome> outcome;
    while (from[0].fd >= 0 || from[1].fd >= 0) {
        const int ready = ::poll(from.data(), from.size(), look_every);
        if (ready < 0 && errno != EINTR) break;
        // What a tool left running may hold our ends open for long: its own end is enough.
        if (ready == 0 && outcome) break;
        if (ready == 0) outcome = ended(child);
        if (is_terminal) follow_size(out.ours.get());
        if (!outcome && !is_ended && (told_to_end != 0 || is_unwanted())) {
            is_ended = true;
            ::kill(child, SIGTERM);
        }
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (from[i].fd < 0 || from[i].revents == 0) continue;
            const ssize_t count = ::read(from[i].fd, buffer.data(), buffer.size());
            if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
            if (count <= 0) {  // a terminal whose other end is gone says EIO
                from[i].fd = -1;
                continue;
            }
            const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
            write_all(i == 0 ? STDOUT_FILENO : STDERR_FILENO, bytes);
            take(bytes);
        }
    }
    return outcome ? *outcome : wait_for(child);
}

Outcome run_in_foreground(const Tool& tool) {
    const Signals signals;
    const pid_t child = start(tool, -1, STDERR_FILENO);
    for (bool is_told = false;;) {
        int status = 0;
        if (::waitpid(child, &status, 0) == child) return outcome_of(status);
        if (told_to_end != 0 && !std::exchange(is_told, true)) ::kill(child, SIGTERM);
    }
}

Output output_of(const Tool& tool) {
    Ends out = make_pipe();
    const pid_t child = start(tool, out.theirs.get(), -1);
    out.theirs.close();
    std::string text;
    std::array<char, 16 * 1024> buffer{};
    for (;;) {
        const ssize_t count = ::read(out.ours.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || text.size() > max_output) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    out.ours.close();
    return {std::move(text), wait_for(child).exit_code == 0};
}

}  // namespace sallyport::cli
