// SPDX-License-Identifier: Apache-2.0
// What a client reports, as a body that is read into an event: whatever is taken keeps the chain's law.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/error.h"
#include "common/json.h"
#include "daemon/desk/fields.h"

namespace {

using namespace sallyport;

void take_all(const desk::Fields& fields, Event& event) {
    fields.put_texts(event, {"block", "action"});
    fields.put_text(event, "commit", "claimed_commit", 16);
    fields.put_number(event, "exit_code");
    fields.put_flag(event, "dirty", "claimed_dirty");
    fields.put_time(event, "started_at", "claimed_started_at");
    fields.put_list(event, "hosts");
    using Kind = desk::Fields::Kind;
    fields.put_object(
        event, "git",
        {{"remote", Kind::text}, {"commits_in", Kind::number}, {"ours", Kind::flag}, {"blocks", Kind::list}});
    fields.put_as_text(event, "metadata", "claimed_metadata");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Event event("action_run.start");
    try {
        const Json body = parse_json(text, JsonLaw::plain);
        if (!body.is_object()) return 0;
        take_all(desk::Fields(body), event);
    } catch (const Error& error) {
        if (error.code() != Code::input) std::abort();
        return 0;
    }
    const std::string zeros(64, '0');
    const std::string line =
        event_line({"n", 1, zeros, "2026-01-01T00:00:00.000000Z", zeros.substr(0, 32)}, event);
    (void)parse_json(line, JsonLaw::chain);  // what it throws ends the fuzzer
    const std::string remote = event.members().value("git", Json::object()).value("remote", std::string());
    if (desk::without_credentials(remote) != remote) std::abort();
    return 0;
}
