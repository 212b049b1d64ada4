// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite.h"

#include <cerrno>
#include <new>

#include "common/error.h"

namespace sallyport::store {
namespace {

constexpr std::size_t most_idle = 32;  // statements of a connection: lists are asked for in many words
constexpr int look_every = 4096;       // instructions of SQLite's machine: well under a millisecond

void check(int rc, sqlite3* db, const std::string& what) {
    if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW) return;
    if (rc == SQLITE_INTERRUPT)
        throw Error(Code::limit, "this question takes too long; ask for less time, or for fewer things");
    const bool is_full = (rc & 0xff) == SQLITE_FULL ||
                         (db != nullptr && (rc & 0xff) == SQLITE_IOERR &&
                          (sqlite3_system_errno(db) == ENOSPC || sqlite3_system_errno(db) == EDQUOT));
    // A row that may not be is a mistake of ours, not of the disk.
    const Code code = is_full                            ? Code::disk_full
                      : (rc & 0xff) == SQLITE_CONSTRAINT ? Code::internal
                                                         : Code::record;
    throw Error(code, what + ": " + (db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(rc)));
}

}  // namespace

Database::Database(const std::string& file, Mode mode) {
    const int flags = mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    sqlite3* db = nullptr;
    const int rc = sqlite3_open_v2(file.c_str(), &db, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
    handle_.reset(db);
    check(rc, db, "open " + file);
    sqlite3_busy_timeout(db, 5000);
}

void Database::run(const std::string& sql) const {
    check(sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr), handle_.get(), "store");
}

Database::Prepared Database::take(std::string_view sql) const {
    {
        const std::lock_guard lock(mutex_);
        if (auto found = idle_.extract(sql)) return std::move(found.mapped());
    }
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                             &statement, nullptr),
          handle(), "store");
    return Prepared(statement);
}

/// Whatever cannot be kept for the next use is no loss.
void Database::give_back(Prepared statement) const noexcept try {
    sqlite3_reset(statement.get());
    sqlite3_clear_bindings(statement.get());
    const std::lock_guard lock(mutex_);
    if (idle_.size() < most_idle) idle_.try_emplace(sqlite3_sql(statement.get()), std::move(statement));
} catch (const std::bad_alloc&) {
}

Patience::Patience(const Database& db, std::chrono::milliseconds most)
    : db_(db.handle()), end_(std::chrono::steady_clock::now() + most) {
    const auto is_over = [](void* self) {
        return std::chrono::steady_clock::now() >= static_cast<Patience*>(self)->end_ ? 1 : 0;
    };
    sqlite3_progress_handler(db_, look_every, is_over, this);
}

Patience::~Patience() {
    sqlite3_progress_handler(db_, 0, nullptr, nullptr);
}

Statement::Statement(const Database& db, std::string_view sql)
    : db_(db.handle()), handle_(db.take(sql).release(), GiveBack{&db}) {}

Statement& Statement::bind(int at, std::string_view text) {
    check(sqlite3_bind_text(handle_.get(), at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT),
          db_, "store");
    return *this;
}

Statement& Statement::bind(int at, std::int64_t number) {
    check(sqlite3_bind_int64(handle_.get(), at, number), db_, "store");
    return *this;
}

bool Statement::step() {
    const int rc = sqlite3_step(handle_.get());
    check(rc, db_, "store");
    return rc == SQLITE_ROW;
}

void Statement::reset() {
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
}

void Statement::finish() {
    while (step()) {
    }
    reset();
}

std::string Statement::text(int at) const {
    const bool is_null = sqlite3_column_type(handle_.get(), at) == SQLITE_NULL;
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), at));
    if (bytes == nullptr && !is_null) throw std::bad_alloc();  // an empty text would be a lie
    return bytes == nullptr
               ? std::string()
               : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), at)));
}

bool Statement::is_null(int at) const {
    return sqlite3_column_type(handle_.get(), at) == SQLITE_NULL;
}

std::int64_t Statement::number(int at) const {
    return sqlite3_column_int64(handle_.get(), at);
}

}  // namespace sallyport::store
