// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/files.h"

#include <chrono>
#include <utility>

namespace sallyport::session {

Files::Files(const Live& live, const Grant& grant, const Proven& who, const Client& client,
             const std::string& session_id, std::function<void()> folding)
    : live_(live),
      grant_(grant),
      who_(who),
      client_(client),
      session_id_(session_id),
      log_(
          session_id, [&live](Event event) { live.log.post(std::move(event)); }, std::move(folding)) {}

std::unique_ptr<relay::Tap> Files::tap(const relay::Line& line, Kind kind) {
    if (line.pty) {  // which alters what passes it
        log_.unparsed(line.id, {taps::SftpUnparsed::From::the_operator, "terminal", 0, 0, {}, {}},
                      std::chrono::steady_clock::now());
        return nullptr;
    }
    using Mode = taps::SftpReader::Mode;
    auto made = std::make_unique<taps::SftpTap>(
        log_, line.id, kind == Kind::sftp_read ? Mode::reading_only : Mode::anything,
        [this, id = line.id](const taps::SftpRefused& what) { deny(id, what); });
    open_[line.id] = made.get();
    return made;
}

void Files::ended(const std::string& channel_id) {
    const auto found = open_.find(channel_id);
    if (found == open_.end()) return;
    found->second->finish();
    open_.erase(found);
}

void Files::deny(const std::string& channel_id, const taps::SftpRefused& what) {
    Event event = denied_event(client_, who_.operator_name());
    event.put("workspace", grant_.workspace().settings.name).put("host", grant_.target().name);
    event.text("login", grant_.login());
    event.put("kind", "sftp").put("reason", what.is_unparsed ? "unparsed" : "reading_only");
    event.put("session_id", session_id_).put("channel_id", channel_id);
    if (!what.request.empty()) event.text("request", what.request);
    if (!what.path.empty()) event.text("path", what.path);
    live_.log.post(std::move(event));
    ++live_.metrics.counter("sallyport_refusals_total", "Sessions and requests that policy refused.");
}

}  // namespace sallyport::session
