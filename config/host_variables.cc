// SPDX-License-Identifier: Apache-2.0
#include "config/host_variables.h"

#include <algorithm>
#include <charconv>

namespace sallyport {
namespace {

constexpr std::string_view over_ssh[] = {
    "ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh", "ansible.builtin.paramiko_ssh"};

void refuse(Host& host, const Variable& variable, const std::string& why) {
    if (host.unusable.empty())
        host.unusable = *variable.file + ":" + std::to_string(variable.line) + ": " + why;
}

/// Why a value cannot be taken as it stands; empty if it can.
std::string obstacle(const Scalar& value) {
    switch (value.kind) {
        case Scalar::Kind::vault:
            return " is encrypted, which is never decrypted here";
        case Scalar::Kind::none:
        case Scalar::Kind::many:
            return " is empty, or no single value";
        case Scalar::Kind::unknown:
            return " is nothing that can be told here; put it in quotes";
        case Scalar::Kind::text:
        case Scalar::Kind::number:
        case Scalar::Kind::truth:
        case Scalar::Kind::other:
            break;
    }
    if (value.text.empty()) return " is empty, or no single value";
    for (const char* mark : {"{{", "{%", "{#"})
        if (value.text.find(mark) != std::string::npos)
            return " holds a template, which is never evaluated here";
    return "";
}

/// The last name that is set counts: where both spellings stand, Ansible takes `ansible_ssh_host`.
template <typename Use>
void take(const Variables& variables, std::initializer_list<const char*> names, Host& host, Use use) {
    for (const char* name : names) {
        const auto found = variables.find(name);
        if (found == variables.end()) continue;
        if (const std::string why = obstacle(found->second.value); !why.empty())
            refuse(host, found->second, name + why);
        else
            use(found->second);
    }
}

void set_port(Host& host, const Variable& variable) {
    const std::string& text = variable.value.text;
    std::uint16_t port = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || at != text.data() + text.size() || port == 0)
        refuse(host, variable, "the port " + text + " is none");
    else
        host.port = port;
}

}  // namespace

Host make_host(const std::string& name, const std::set<std::string>& groups, const Variables& variables) {
    Host host;
    host.name = host.ansible_host = name;
    host.groups = groups;
    take(variables, {"ansible_host", "ansible_ssh_host"}, host,
         [&](const Variable& v) { host.ansible_host = v.value.text; });
    take(variables, {"ansible_user", "ansible_ssh_user"}, host,
         [&](const Variable& v) { host.user = v.value.text; });
    take(variables, {"ansible_port", "ansible_ssh_port"}, host,
         [&](const Variable& v) { set_port(host, v); });
    take(variables, {"ansible_connection"}, host, [&](const Variable& v) {
        if (std::find(std::begin(over_ssh), std::end(over_ssh), v.value.text) == std::end(over_ssh))
            refuse(host, v, "ansible_connection is " + v.value.text + ", not ssh");
    });
    return host;
}

}  // namespace sallyport
