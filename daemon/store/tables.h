// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/event.h"
#include "daemon/store/projection.h"
#include "daemon/store/sqlite.h"
#include "daemon/store/store.h"

namespace sallyport::store {

/// The form of the tables that this program writes; `PRAGMA user_version` of a store has its own.
constexpr int schema_version = 3;

/// The version of a store, 0 of an empty one. Throws Error{Code::config} if a newer program wrote it.
[[nodiscard]] int check_version(const Database& db);
/// Brings a store of `version` to `schema_version`, one step after the other, each whole or not at all.
void upgrade(const Database& db, int version);

/// The event of a row `seq, hash, type, time, line`.
[[nodiscard]] Stored stored(const Statement& row);

/// A resource of that kind out of its kept body; a session with its channels, in the order of their starts.
[[nodiscard]] Json resource(const Database& db, const std::string& kind, const std::string& body);

/// Keeps what follows from an event beside it. Throws Json::exception if a member is not of its type.
class Projector {
 public:
    explicit Projector(const Database& db) : db_(db) {}
    void take(const Stored& event, const Json& line);

 private:
    void put_resource(std::uint64_t seq, const Subject& subject, const Json& line);
    void put_names(std::uint64_t seq, const Columns& columns, const std::vector<std::string>& known);
    void put_hostnames(std::uint64_t seq, const std::string& workspace, const Json& line);
    void put_channel(std::uint64_t seq, const Json& line);
    void put_connection(const Json& line);
    void put_pin(std::uint64_t seq, const Json& line);

    const Database& db_;
};

}  // namespace sallyport::store
