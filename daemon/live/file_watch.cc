// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/file_watch.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "common/error.h"
#include "daemon/runtime/log.h"

namespace sallyport::live {
namespace {

constexpr std::uint32_t what = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                               IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

int open_inotify() {
    const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) throw Error(Code::io, "watch the workspaces: " + os_error(errno));
    return fd;
}

/// Files that git and editors make for themselves on the way to the real one.
bool is_in_passing(std::string_view name) {
    return name.ends_with(".lock") || name.ends_with(".swp") || name.ends_with('~');
}

}  // namespace

FileWatch::FileWatch(const boost::asio::any_io_executor& executor, std::chrono::milliseconds quiet,
                     Changed changed)
    : events_(executor, open_inotify()), timer_(executor), quiet_(quiet), changed_(std::move(changed)) {
    read_next();
}

void FileWatch::follow(const std::map<std::string, std::set<std::string>>& folders_of) {
    std::map<int, std::set<std::string>> fresh;
    bool is_short = false;
    for (const auto& [name, folders] : folders_of)
        for (const std::string& folder : folders) {
            // The same folder gives the same watch; one that was replaced gives a new one.
            const int watch = inotify_add_watch(events_.native_handle(), folder.c_str(), what | IN_ONLYDIR);
            if (watch >= 0)
                fresh[watch].insert(name);
            else if (errno == ENOSPC || errno == ENOMEM)
                is_short = true;
        }
    for (const auto& [watch, names] : names_of_)
        if (fresh.count(watch) == 0) (void)inotify_rm_watch(events_.native_handle(), watch);
    names_of_ = std::move(fresh);
    if (is_short && !is_short_)
        log::warn("not every folder of the workspaces can be watched",
                  {{"so", "raise fs.inotify.max_user_watches, or reload by SIGHUP"}});
    is_short_ = is_short;
}

void FileWatch::read_next() {
    events_.async_read_some(boost::asio::buffer(buffer_),
                            [this](boost::system::error_code error, std::size_t size) {
                                if (error) return;
                                take(size);
                                read_next();
                            });
}

void FileWatch::take(std::size_t size) {
    for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
        inotify_event event{};
        std::memcpy(&event, buffer_.data() + at, sizeof event);
        const char* name = buffer_.data() + at + sizeof event;
        at += sizeof event + event.len;
        if (event.len == 0 || !is_in_passing({name, strnlen(name, event.len)})) note(event);
    }
    if (!dirty_.empty()) arm();
}

void FileWatch::note(const inotify_event& event) {
    if ((event.mask & IN_Q_OVERFLOW) != 0)
        for (const auto& [watch, names] : names_of_) dirty_.insert(names.begin(), names.end());
    const auto found = names_of_.find(event.wd);
    if (found == names_of_.end()) return;
    dirty_.insert(found->second.begin(), found->second.end());
    if ((event.mask & IN_IGNORED) != 0) names_of_.erase(found);
}

void FileWatch::arm() {
    const auto now = std::chrono::steady_clock::now();
    if (first_ == decltype(first_){}) first_ = now;
    timer_.expires_at(std::min(now + quiet_, first_ + 10 * quiet_));
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) tell();
    });
}

void FileWatch::tell() {
    std::set<std::string> names;
    names.swap(dirty_);
    first_ = {};
    if (!names.empty()) changed_(names);
}

}  // namespace sallyport::live
