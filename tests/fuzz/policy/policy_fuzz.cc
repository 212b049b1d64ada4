// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes, the reader ends, within bounds, with a value or with faults that name a line of the
// file.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/policy_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    sallyport::Faults faults;
    const auto value = sallyport::parse_policy(text, "file.yml", faults);
    for (const sallyport::Fault& fault : faults)
        if (fault.file != "file.yml" || fault.line < 0 || fault.text.empty() || to_text(fault).empty())
            std::abort();
    for (const auto& [key, name] : value.operator_by_key)
        if (value.operators.count(name) == 0) std::abort();
    return 0;
}
