// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/event.h"
#include "daemon/store/store.h"

namespace sallyport::audit {

/// Size and digest of a recording that a crash left.
struct RecordingFacts {
    std::uint64_t size = 0;
    std::string sha256;
};
using FindRecording = std::function<std::optional<RecordingFacts>(const std::string& session_id)>;

/// The ends that a crash left out: of channels, sessions and connections, in this order, with the last
/// heartbeat.
[[nodiscard]] std::vector<Event> missing_ends(const store::Store& store, const FindRecording& find_recording);

}  // namespace sallyport::audit
