// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/recording_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"
#include "common/ids.h"

namespace sallyport::taps {

RecordingFile::RecordingFile(const std::filesystem::path& folder, const std::string& session_id)
    : path_(folder / (session_id + ".rec")) {
    if (!is_id(session_id)) throw Error(Code::internal, "a recording is named by a session id");
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd_ < 0) throw Error(Code::record, "make the recording " + path_.string() + ": " + os_error(errno));
    try {
        write(recording_header(session_id, wall_now()));
    } catch (...) {
        discard();
        ::close(fd_);
        throw;
    }
}

RecordingFile::~RecordingFile() {
    ::close(fd_);
}

void RecordingFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) fail("write", errno);
        digest_.update(bytes.substr(0, static_cast<std::size_t>(count)));
        size_ += static_cast<std::uint64_t>(count);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    is_dirty_ = true;
}

void RecordingFile::fail(const char* what, int number) const {
    has_failed_ = true;
    throw Error(Code::record,
                std::string(what) + " the recording " + path_.string() + ": " + os_error(number));
}

void RecordingFile::append(std::uint32_t channel, FrameKind kind, std::string_view payload) {
    // Behind half a frame nothing could be read any more.
    if (has_failed_) throw Error(Code::record, "the recording " + path_.string() + " has failed before");
    const auto since = std::chrono::steady_clock::now() - started_;
    frame_.clear();
    append_frame(frame_,
                 {channel, std::chrono::duration_cast<std::chrono::microseconds>(since), kind, payload});
    write(frame_);
    if (frame_.capacity() > 64 * 1024) std::string().swap(frame_);  // an idle session keeps no large buffer
}

void RecordingFile::sync() const {
    if (::fdatasync(fd_) != 0) fail("sync", errno);
}

RecordingFile::Facts RecordingFile::facts() const {
    Sha256 copy = digest_;
    return {size_, copy.hex()};
}

void RecordingFile::discard() noexcept {
    ::unlink(path_.c_str());
}

}  // namespace sallyport::taps
