// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "daemon/relay/gate.h"
#include "daemon/session/client.h"
#include "daemon/session/live.h"
#include "daemon/taps/file_log.h"
#include "daemon/taps/sftp_tap.h"
#include "policy/authorize.h"

namespace sallyport::session {

/// What the sftp channels of one session on record did with the target's files.
class Files {
 public:
    /// All outlive this. `folding` is called when a flood begins: `flush` is then due within
    /// taps::FileLog::window.
    Files(const Live& live, const Grant& grant, const Proven& who, const Client& client,
          const std::string& session_id, std::function<void()> folding);

    /// The tap of an sftp channel that was permitted as `kind`; null where its bytes cannot be followed,
    /// which is then on record.
    [[nodiscard]] std::unique_ptr<relay::Tap> tap(const relay::Line& line, Kind kind);
    void ended(const std::string& channel_id);
    /// Puts a flood on record, if there is one.
    void flush() { log_.flush(); }

 private:
    void deny(const std::string& channel_id, const taps::SftpRefused& what);

    const Live& live_;
    const Grant& grant_;
    const Proven& who_;
    const Client& client_;
    const std::string& session_id_;
    taps::FileLog log_;
    std::map<std::string, taps::SftpTap*> open_;  // by channel
};

}  // namespace sallyport::session
