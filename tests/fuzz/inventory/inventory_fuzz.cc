// SPDX-License-Identifier: Apache-2.0
// The first byte picks the name of the file, and with it the format; whatever the rest, the reader ends,
// within bounds, with a value or with faults that name a line of the file.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/inventory.h"
#include "config/variables.h"

namespace {

/// y: YAML, or the JSON of --list; i: INI; anything else: as the text decides.
std::string name_for(char pick) {
    return pick == 'y' ? "file.yml" : pick == 'i' ? "file.ini" : "file";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::string file = name_for(static_cast<char>(data[0]));
    sallyport::Faults faults;
    const auto value = sallyport::parse_inventory(text, file, faults);
    for (const sallyport::Fault& fault : faults)
        if (fault.file != file || fault.line < 0 || fault.text.empty() || to_text(fault).empty())
            std::abort();
    for (const auto& [name, host] : value.hosts) {
        if (name.empty() || name == "sallyport" || host.name != name || host.groups.empty()) std::abort();
        if (host.ansible_host.empty() || host.port == 0) std::abort();
        for (const std::string& group : host.groups)
            if (value.groups.count(group) == 0) std::abort();
    }
    if (!faults.empty() && faults.front().line > 0 && !value.hosts.empty())
        std::abort();  // no half inventory
    return 0;
}
