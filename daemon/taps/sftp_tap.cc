// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/sftp_tap.h"

#include <chrono>
#include <utility>

#include "common/error.h"

namespace sallyport::taps {

SftpTap::SftpTap(FileLog& log, std::string channel_id, SftpReader::Mode mode,
                 std::function<void(const SftpRefused&)> refused)
    : channel_id_(std::move(channel_id)),
      is_reading_only_(mode == SftpReader::Mode::reading_only),
      refused_(std::move(refused)),
      reader_(mode, {[this, &log](const FileDeed& deed) {
                         log.done(channel_id_, deed, std::chrono::steady_clock::now());
                     },
                     [this, &log](const SftpUnparsed& what) {
                         log.unparsed(channel_id_, what, std::chrono::steady_clock::now());
                     },
                     [this](const SftpRefused& what) { refuse(what); }}) {}

void SftpTap::observe(relay::Direction direction, ssh::Stream stream, std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const bool is_for_target = direction == relay::Direction::to_target;
    if (stream == ssh::Stream::output && is_for_target)
        reader_.from_operator(text);
    else if (stream == ssh::Stream::output)
        reader_.from_target(text);
    else if (is_for_target && is_reading_only_ && words_.empty())
        refuse({true, {}, {}});  // no client sends any, and what a target makes of it is not known
    if (!words_.empty()) throw Error(Code::denied, words_);
}

void SftpTap::refuse(const SftpRefused& what) {
    words_ = what.is_unparsed ? "only reading files is permitted here, and what was sent is not understood"
                              : "only reading files is permitted here, not: " + what.request;
    refused_(what);
}

}  // namespace sallyport::taps
