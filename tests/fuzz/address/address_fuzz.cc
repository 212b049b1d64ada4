// SPDX-License-Identifier: Apache-2.0
// The address grammar against a model that reads it backwards, letter by letter.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/address.h"

namespace {

sallyport::Address model(const std::string& typed) {
    sallyport::Address out;
    if (typed.size() > 255) return out;
    for (const char c : typed)
        if ((c >= 0 && c < 32) || c == 127) return out;
    if (typed == "sallyport") {
        out.is_reserved = true;
        return out;
    }
    const char separator = std::count(typed.begin(), typed.end(), '@') > 0 ? '@' : '%';
    std::string host;
    std::size_t at = typed.size();
    while (at > 0 && typed[at - 1] != separator) host.insert(host.begin(), typed[--at]);
    if (at == 1) return out;
    std::string login = at > 1 ? typed.substr(0, at - 1) : "";
    std::string workspace;
    if (const auto plus = std::find(host.begin(), host.end(), '+'); plus != host.end()) {
        workspace.assign(host.begin(), plus);
        host.assign(plus + 1, host.end());
        if (workspace.empty()) return out;
    }
    out.workspace = workspace;
    if (host.empty()) return out;
    out.login = login;
    out.host = host;
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string typed(reinterpret_cast<const char*>(data), size);
    const sallyport::Address read = sallyport::parse_address(typed);
    const sallyport::Address expected = model(typed);
    if (read.login != expected.login || read.workspace != expected.workspace || read.host != expected.host ||
        read.is_reserved != expected.is_reserved)
        std::abort();
    return 0;
}
