// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "daemon/relay/tap.h"
#include "daemon/taps/file_log.h"
#include "daemon/taps/sftp_reader.h"

namespace sallyport::taps {

/// Puts what a channel of the subsystem sftp does on record, and holds it to reading where policy grants no
/// more.
class SftpTap : public relay::Tap {
 public:
    /// `log` outlives this. `refused` is called once, before `observe` throws for the first time.
    SftpTap(FileLog& log, std::string channel_id, SftpReader::Mode mode,
            std::function<void(const SftpRefused&)> refused);

    /// Throws Error{Code::denied} for bytes that complete what is refused, and ever after.
    void observe(relay::Direction direction, ssh::Stream stream, std::span<const std::byte> bytes) override;
    void resize(int, int) override {}

    /// Puts on record what is left: requests without an answer, files that are open.
    void finish() { reader_.finish(); }

 private:
    void refuse(const SftpRefused& what);

    std::string channel_id_;
    bool is_reading_only_;
    std::function<void(const SftpRefused&)> refused_;
    std::string words_;  // why nothing more is delivered
    SftpReader reader_;
};

}  // namespace sallyport::taps
