// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/checkpoint.h"

namespace sallyport::store {

/// A recording as it was when a backup was made.
struct BackedUpRecording {
    std::string session_id;
    std::uint64_t size = 0;
    std::string sha256;
};

/// What `manifest.jsonl` of a backup says: its first line the store, each further one a recording
/// (docs/operations.md).
struct Manifest {
    std::string node;
    std::string time;
    Head head;  // the last event in it
    std::uint64_t size = 0;
    std::string sha256;
    std::vector<BackedUpRecording> recordings;  // of sessions that were over
};

/// Copies the store of the folder `state` into the new or empty folder `to`, as it is at one moment, beside a
/// running daemon as well; the manifest comes last. Throws Error{Code::config} or {io}, {record}.
Manifest back_up(const std::string& state, const std::string& node, const std::string& to);

/// Throws Error{Code::config} where there is none, or one that no backup wrote.
[[nodiscard]] Manifest read_manifest(const std::string& from);

/// Makes the backup `from` the store of `state`, once its bytes are those of the manifest and its chain is
/// whole. A running daemon, or a store with a history, is Error{Code::config}.
void put_back(const Manifest& manifest, const std::string& from, const std::string& state);

/// Sessions whose recording the manifest names, and that `recordings` has not, or has otherwise.
[[nodiscard]] std::vector<std::string> lost_recordings(const Manifest& manifest,
                                                       const std::string& recordings);

}  // namespace sallyport::store
