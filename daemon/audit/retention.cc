// SPDX-License-Identifier: Apache-2.0
#include "daemon/audit/retention.h"

#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <filesystem>

#include "common/error.h"
#include "common/ids.h"
#include "common/recording.h"
#include "daemon/runtime/log.h"

namespace sallyport::audit {
namespace {

bool is_on_record(const store::Store& store, const std::string& session_id) {
    return !store.list(store::EventFilter{"recording.deleted", session_id}, {}).items.empty();
}

std::optional<Expired> judge(const store::Store& store, const std::filesystem::path& file, WallTime cutoff) {
    const std::string id = file.stem().string();
    if (file.extension() != ".rec" || !is_id(id)) return std::nullopt;
    const auto session = store.resource("ssh_session", id);
    if (!session || !session->contains("ended_at")) return std::nullopt;  // live, or none of ours
    const Json recording = session->value("recording", Json::object());
    if (is_on_record(store, id)) return Expired{id, recording, true};
    const auto ended = from_rfc3339(session->at("ended_at").get<std::string>());
    if (!ended || *ended >= cutoff) return std::nullopt;
    return Expired{id, recording, false};
}

Event deleted_event(const Expired& expired, std::chrono::seconds retain) {
    Event event("recording.deleted");
    event.put("session_id", expired.session_id);
    for (const char* name : {"size", "sha256"})
        if (expired.recording.contains(name)) event.put(name, expired.recording[name]);
    event.put("rule", "recording.retain " + std::to_string(retain.count()) + "s");
    return event;
}

void remove(const std::string& folder, const std::string& session_id) {
    const std::string file = folder + "/" + session_id + ".rec";
    if (::unlink(file.c_str()) != 0 && errno != ENOENT)
        log::error("a recording could not be deleted; it is tried again",
                   {{"file", file}, {"cause", os_error(errno)}});
}

}  // namespace

std::vector<Expired> expired_recordings(const store::Store& store, const std::string& folder,
                                        WallTime cutoff) {
    std::vector<Expired> out;
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        if (auto expired = judge(store, at->path(), cutoff)) out.push_back(std::move(*expired));
    if (error)
        log::error("the recordings cannot be listed", {{"folder", folder}, {"cause", error.message()}});
    return out;
}

void delete_unbegun_recordings(const store::Store& store, const std::string& folder) {
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        const std::string id = at->path().stem().string();
        if (at->path().extension() != ".rec" || !is_id(id) || store.resource("ssh_session", id)) continue;
        // More than a header would be evidence: of a store that was put back, say.
        if (at->file_size(error) <= recording_header(id, wall_now()).size() && !error) remove(folder, id);
    }
}

boost::asio::awaitable<std::size_t> delete_expired(Log& log, const store::Store& store, runtime::Pool& pool,
                                                   std::string folder, std::chrono::seconds retain) {
    std::vector<Expired> expired;
    std::function<void()> find = [&] { expired = expired_recordings(store, folder, wall_now() - retain); };
    auto finding = pool.run(std::move(find));
    co_await std::move(finding);
    for (const Expired& one : expired) {
        if (!one.is_on_record) {
            auto committing = log.commit(deleted_event(one, retain));
            (void)co_await std::move(committing);
        }
        std::function<void()> unlinking = [&] { remove(folder, one.session_id); };
        auto removing = pool.run(std::move(unlinking));
        co_await std::move(removing);
    }
    co_return expired.size();
}

boost::asio::awaitable<void> keep_deleting_expired(Log& log, const store::Store& store, runtime::Pool& pool,
                                                   std::string folder,
                                                   std::function<std::chrono::seconds()> retain) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
        try {
            auto deleting = delete_expired(log, store, pool, folder, retain());
            if (const std::size_t count = co_await std::move(deleting); count > 0)
                log::info("recordings past their time are deleted", {{"count", count}});
        } catch (const Error& error) {
            log::error("recordings past their time could not be deleted", {{"cause", error.what()}});
        }
        timer.expires_after(std::chrono::hours(1));
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

}  // namespace sallyport::audit
