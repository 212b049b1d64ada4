// SPDX-License-Identifier: Apache-2.0
// The strict reader against the lenient one: what it takes, the other takes as the same value, and without a
// key that stands twice.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/error.h"
#include "common/json.h"

namespace {

std::size_t members_of(const sallyport::Json& value) {
    if (!value.is_structured()) return 0;
    std::size_t count = value.is_object() ? value.size() : 0;
    for (const sallyport::Json& inner : value) count += members_of(inner);
    return count;
}

std::size_t keys_in(std::string_view text) {
    std::size_t count = 0;
    const auto see = [&](int, sallyport::Json::parse_event_t event, sallyport::Json&) {
        count += event == sallyport::Json::parse_event_t::key ? 1 : 0;
        return true;
    };
    (void)sallyport::Json::parse(text, see);
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const sallyport::JsonLaw law = size % 2 == 0 ? sallyport::JsonLaw::chain : sallyport::JsonLaw::plain;
    try {
        const sallyport::Json strict = sallyport::parse_json(text, law);
        const sallyport::Json lenient = sallyport::Json::parse(text);
        if (strict != lenient && strict.dump() != lenient.dump()) std::abort();
        if (members_of(strict) != keys_in(text)) std::abort();
    } catch (const sallyport::Error&) {
        return 0;
    }
    return 0;
}
