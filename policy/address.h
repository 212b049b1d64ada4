// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// Where an SSH user name points: `[LOGIN@][WORKSPACE+]HOST`. Case is exact; nothing is templated or
/// normalised.
struct Address {
    std::string login;                  // empty if not named
    std::string workspace;              // empty if not named
    std::string host;                   // empty if the name cannot be a host
    std::optional<std::uint16_t> port;  // of `ssh -J`: then `host` may also be the address of a host
    bool is_reserved = false;           // `sallyport`: the bastion itself
};

/// Splits at the last `@`, or at the last `%` where no `@` stands; then at the first `+` behind it.
/// A name with control characters, over 255 bytes or without a host is nobody's: `host` is empty.
/// `WORKSPACE+` names the workspace of what is behind `ssh -J`.
[[nodiscard]] Address parse_address(std::string_view typed);

/// Where `ssh -J` leads: a host by name or address, in a workspace unless that is empty; the same bounds
/// hold.
[[nodiscard]] Address jump_to(std::string_view workspace, std::string_view host, std::uint16_t port);
/// Puts the login of a jump into its address, which is nobody's if the login cannot be one.
void set_login(Address& address, std::string_view login);

/// True if the grammar and scp, rsync and git leave a name whole: others need an alias.
[[nodiscard]] bool is_plain_name(std::string_view name);

/// The one form that is ever written: login and workspace only if they are there.
[[nodiscard]] std::string to_text(const Address& address);

}  // namespace sallyport
