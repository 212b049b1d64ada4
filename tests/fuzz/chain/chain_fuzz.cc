// SPDX-License-Identifier: Apache-2.0
// A sound chain with one change made by the input: the verifier ends, and a change is never called whole.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "common/chain.h"
#include "common/node_key.h"

namespace {

using namespace sallyport;

struct Sound {
    std::string text;
    Head head{0, std::string(64, '0')};

    Sound() {
        const NodeKey key = NodeKey::generate();
        add(Event("chain.start").put("public_key", key.public_line()));
        for (int i = 0; i < 3; ++i) add(Event("channel.start").text("command", "echo"));
        const Place place = next();
        add(Event("checkpoint")
                .put("signature", key.sign(checkpoint_text("n", head, place.time), checkpoint_namespace)));
    }
    [[nodiscard]] Place next() const {
        return {"n", head.seq + 1, head.hash, "2026-03-24T10:12:03.000001Z", std::string(32, '0')};
    }
    void add(const Event& event) {
        const std::string line = event_line(next(), event);
        head = {head.seq + 1, event_hash(line)};
        text += line + "\n";
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Sound sound;
    std::istringstream raw(std::string(reinterpret_cast<const char*>(data), size));
    if (verify_chain(raw, {{"n", sound.head, "t"}}).is_whole()) std::abort();
    if (size < 3) return 0;
    std::string changed = sound.text;
    const std::size_t at = (static_cast<std::size_t>(data[0]) << 8 | data[1]) % changed.size();
    changed.replace(at, data[2] % 8, std::string(reinterpret_cast<const char*>(data) + 3, size - 3));
    std::istringstream in(changed);
    if (verify_chain(in, {{"n", sound.head, "t"}}).is_whole() != (changed == sound.text)) std::abort();
    return 0;
}
