// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/inotify.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace sallyport::live {

/// Tells when something changes in folders, by inotify: once nothing more has changed for `quiet`, at the
/// latest after ten times that. Each folder belongs to names; the names whose folders changed are told. What
/// changes on other machines of a network file system is not seen. Used on one thread, that of `executor`.
class FileWatch {
 public:
    using Changed = std::function<void(const std::set<std::string>& names)>;

    /// Throws Error{Code::io} where the kernel gives no inotify.
    FileWatch(const boost::asio::any_io_executor& executor, std::chrono::milliseconds quiet, Changed changed);

    /// Watches these folders and no others. What cannot be watched is logged once, until it can be again.
    void follow(const std::map<std::string, std::set<std::string>>& folders_of);

 private:
    void read_next();
    void take(std::size_t size);
    void note(const inotify_event& event);
    void arm();
    void tell();

    boost::asio::posix::stream_descriptor events_;
    boost::asio::steady_timer timer_;
    std::chrono::milliseconds quiet_;
    Changed changed_;
    std::map<int, std::set<std::string>> names_of_;  // by watch
    std::set<std::string> dirty_;
    std::chrono::steady_clock::time_point first_;
    bool is_short_ = false;  // of watches
    alignas(inotify_event) std::array<char, 16 * 1024> buffer_{};
};

}  // namespace sallyport::live
