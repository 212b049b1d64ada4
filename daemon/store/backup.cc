// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "common/clock.h"
#include "common/digest.h"
#include "common/error.h"
#include "common/escape.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/private_file.h"
#include "daemon/store/lock.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/store.h"
#include "daemon/store/verify.h"

namespace sallyport::store {
namespace {

namespace fs = std::filesystem;
constexpr const char* form = "sallyport-backup/1";
constexpr const char* manifest_name = "/manifest.jsonl";

std::string recording_file(const std::string& folder, const std::string& id) {
    return folder + "/" + id + ".rec";
}

void make_empty_folder(const std::string& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (!fs::is_directory(folder) || !fs::is_empty(folder, error) || error)
        throw Error(Code::config, folder + " is no empty folder; name a new one for each backup");
    fs::permissions(folder, fs::perms::owner_all, error);
    if (error) throw Error(Code::io, "make " + folder + " private: " + error.message());
}

void sync_file(const std::string& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_synced = fd >= 0 && ::fsync(fd) == 0;
    const int number = errno;
    if (fd >= 0) ::close(fd);
    if (!is_synced) throw Error(Code::io, "write " + file + ": " + os_error(number));
}

/// One read of the whole, so that the daemon may write on: what it commits meanwhile is not in it.
void copy_database(const std::string& from, const std::string& to) {
    const Database source(from, Database::Mode::read);
    const Database copy(to, Database::Mode::write);
    sqlite3_backup* backup = sqlite3_backup_init(copy.handle(), "main", source.handle(), "main");
    if (backup == nullptr)
        throw Error(Code::record, "back up to " + to + ": " + sqlite3_errmsg(copy.handle()));
    (void)sqlite3_backup_step(backup, -1);
    const int rc = sqlite3_backup_finish(backup);
    if (rc != SQLITE_OK) throw Error(Code::record, "back up to " + to + ": " + sqlite3_errstr(rc));
    copy.run("PRAGMA journal_mode = DELETE");  // one file, that needs no other beside it
}

/// The recording of a session, absent while it is not over, and where retention has deleted it.
std::optional<BackedUpRecording> look_at(const Store& store, const fs::path& file) {
    const std::string id = file.stem().string();
    if (file.extension() != ".rec" || !is_id(id)) return std::nullopt;
    const auto session = store.resource("ssh_session", id);
    if (!session || !session->contains("ended_at")) return std::nullopt;
    const auto facts = digest_of_file(file.string());
    if (!facts) return std::nullopt;
    return BackedUpRecording{id, facts->size, facts->sha256};
}

std::string to_text(const Manifest& manifest) {
    const Json first = {{"form", form},
                        {"node", manifest.node},
                        {"time", manifest.time},
                        {"seq", manifest.head.seq},
                        {"hash", manifest.head.hash},
                        {"size", manifest.size},
                        {"sha256", manifest.sha256}};
    std::string text = first.dump() + "\n";
    for (const BackedUpRecording& one : manifest.recordings)
        text += Json{{"recording", one.session_id}, {"size", one.size}, {"sha256", one.sha256}}.dump() + "\n";
    return text;
}

/// A history that is there already is not written over: it may hold what the backup has not.
void make_room(const std::string& state) {
    const std::string file = state + "/audit.db";
    std::error_code ignored;
    if (fs::exists(file) && open_sqlite_to_read(state)->head())
        throw Error(Code::config, file + " holds a history: move it away first, with " + file + "-wal and " +
                                      file + "-shm");
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(file + suffix, ignored);
}

void check_chain(const std::string& folder) {
    const auto store = open_sqlite_to_read(folder);
    for (const Finding& finding : verify_rows(*store, {}).findings)
        if (finding.kind != "restored" && finding.kind != "lost_in_restore")
            throw Error(Code::config, "the backup's chain is not whole: " + finding.kind + " seq=" +
                                          std::to_string(finding.seq) + ": " + escaped(finding.text));
}

}  // namespace

Manifest back_up(const std::string& state, const std::string& node, const std::string& to) {
    make_empty_folder(to);
    const std::string file = to + "/audit.db";
    copy_database(state + "/audit.db", file);
    const auto store = open_sqlite_to_read(to);
    const auto head = store->head();
    if (!head) throw Error(Code::config, "the store has no events yet");
    sync_file(file);
    const auto facts = digest_of_file(file);
    if (!facts) throw Error(Code::io, "read " + file);
    Manifest made{node, to_rfc3339(wall_now()), *head, facts->size, facts->sha256, {}};
    for (const auto& entry : fs::directory_iterator(state + "/recordings"))
        if (auto recording = look_at(*store, entry.path())) made.recordings.push_back(std::move(*recording));
    write_private(to + manifest_name, to_text(made));
    return made;
}

Manifest read_manifest(const std::string& from) {
    std::ifstream in(from + manifest_name);
    if (!in)
        throw Error(Code::config, from + manifest_name + " is missing: this is no backup, or no whole one");
    Manifest out;
    int number = 0;
    try {
        for (std::string line; std::getline(in, line);) {
            const Json json = parse_json(line, JsonLaw::chain);
            const std::uint64_t size = json.at("size");
            if (++number == 1) {
                if (json.at("form") != form)
                    throw Error(Code::input, "it has another form than " + std::string(form));
                out = {json.at("node"),
                       json.at("time"),
                       {json.at("seq"), json.at("hash")},
                       size,
                       json.at("sha256"),
                       {}};
                continue;
            }
            out.recordings.push_back({json.at("recording"), size, json.at("sha256")});
            if (!is_id(out.recordings.back().session_id)) throw Error(Code::input, "this is no session");
        }
    } catch (const std::exception& error) {
        throw Error(Code::config,
                    from + manifest_name + ":" + std::to_string(number) + ": " + escaped(error.what()));
    }
    if (number == 0) throw Error(Code::config, from + manifest_name + " is empty");
    return out;
}

void put_back(const Manifest& manifest, const std::string& from, const std::string& state) {
    const Lock lock(state);
    const std::string place = state + "/restoring";
    std::error_code error;
    fs::remove_all(place, error);
    fs::create_directory(place, error);
    const std::string copy = place + "/audit.db";
    if (!fs::copy_file(from + "/audit.db", copy, error))
        throw Error(Code::io, "copy " + from + "/audit.db: " + error.message());
    const auto facts = digest_of_file(copy);
    if (!facts || facts->size != manifest.size || facts->sha256 != manifest.sha256)
        throw Error(Code::config, from + "/audit.db is not what its manifest says: take another backup");
    check_chain(place);
    make_room(state);
    fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write, error);
    sync_file(copy);
    fs::rename(copy, state + "/audit.db", error);
    if (error) throw Error(Code::io, "put " + state + "/audit.db in its place: " + error.message());
    fs::remove_all(place, error);
}

std::vector<std::string> lost_recordings(const Manifest& manifest, const std::string& recordings) {
    std::vector<std::string> lost;
    for (const BackedUpRecording& one : manifest.recordings) {
        const auto facts = digest_of_file(recording_file(recordings, one.session_id));
        if (!facts || facts->size != one.size || facts->sha256 != one.sha256) lost.push_back(one.session_id);
    }
    return lost;
}

}  // namespace sallyport::store
