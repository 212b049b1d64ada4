// SPDX-License-Identifier: Apache-2.0
// The strict reader against the lenient one: what it takes, the other takes as the same value.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/error.h"
#include "common/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const sallyport::JsonLaw law = size % 2 == 0 ? sallyport::JsonLaw::chain : sallyport::JsonLaw::plain;
    try {
        const sallyport::Json strict = sallyport::parse_json(text, law);
        const sallyport::Json lenient = sallyport::Json::parse(text);
        if (strict != lenient && strict.dump() != lenient.dump()) std::abort();
    } catch (const sallyport::Error&) {
        return 0;
    }
    return 0;
}
