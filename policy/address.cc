// SPDX-License-Identifier: Apache-2.0
#include "policy/address.h"

#include <algorithm>

namespace sallyport {
namespace {

constexpr std::size_t max_typed = 255;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_possible(std::string_view text) {
    return text.size() <= max_typed && std::none_of(text.begin(), text.end(), is_control);
}

}  // namespace

Address parse_address(std::string_view typed) {
    Address out;
    if (!is_possible(typed)) return out;
    if (typed == "sallyport") {
        out.is_reserved = true;
        return out;
    }
    std::size_t at = typed.rfind('@');
    if (at == std::string_view::npos) at = typed.rfind('%');
    if (at == 0) return out;  // a separator with nothing before it names no login
    if (at != std::string_view::npos) {
        out.login = typed.substr(0, at);
        typed.remove_prefix(at + 1);
    }
    const std::size_t plus = typed.find('+');
    if (plus == 0) return {};
    if (plus != std::string_view::npos) {
        out.workspace = typed.substr(0, plus);
        typed.remove_prefix(plus + 1);
    }
    if (typed.empty()) out.login.clear();
    out.host = typed;
    return out;
}

Address jump_to(std::string_view workspace, std::string_view host, std::uint16_t port) {
    Address out;
    out.workspace = workspace;
    if (is_possible(host)) out.host = host;
    out.port = port;
    return out;
}

void set_login(Address& address, std::string_view login) {
    if (is_possible(login))
        address.login = login;
    else
        address.host.clear();
}

bool is_plain_name(std::string_view name) {
    return name.find_first_of("@%+/") == std::string_view::npos;
}

std::string to_text(const Address& address) {
    if (address.is_reserved) return "sallyport";
    std::string out = address.login.empty() ? "" : address.login + "@";
    if (!address.workspace.empty()) out += address.workspace + "+";
    return out + address.host;
}

}  // namespace sallyport
