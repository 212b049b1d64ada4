// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace sallyport::store {

/// One connection to a SQLite file. What SQLite refuses is Error{Code::record} with its words.
class Database {
 public:
    enum class Mode { write, read };
    Database(const std::string& file, Mode mode);

    void run(const std::string& sql) const;
    [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

 private:
    friend class Statement;
    struct Close {
        void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };
    using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

    [[nodiscard]] Prepared take(std::string_view sql) const;
    void give_back(Prepared statement) const noexcept;

    std::unique_ptr<sqlite3, Close> handle_;
    mutable std::mutex mutex_;
    mutable std::map<std::string_view, Prepared>
        idle_;  // by their own text; to prepare costs as much as to run
};

/// While it lives, statements of a connection that nobody else uses fail after `most` with
/// Error{Code::limit}.
class Patience {
 public:
    Patience(const Database& db, std::chrono::milliseconds most);
    ~Patience();
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

 private:
    sqlite3* db_;
    std::chrono::steady_clock::time_point end_;
};

/// A prepared statement, of a database that outlives it. `bind` counts from 1, `text` and `number` from 0;
/// `step` is true while there is a row.
class Statement {
 public:
    Statement(const Database& db, std::string_view sql);
    Statement& bind(int at, std::string_view text);
    Statement& bind(int at, std::int64_t number);
    [[nodiscard]] bool step();
    /// Runs it to its end and makes it ready for the next use.
    void finish();
    void reset();
    [[nodiscard]] std::string text(int at) const;
    [[nodiscard]] std::int64_t number(int at) const;
    [[nodiscard]] bool is_null(int at) const;

 private:
    struct GiveBack {
        const Database* db = nullptr;
        void operator()(sqlite3_stmt* statement) const noexcept {
            db->give_back(Database::Prepared(statement));
        }
    };
    sqlite3* db_;
    std::unique_ptr<sqlite3_stmt, GiveBack> handle_;
};

}  // namespace sallyport::store
