// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "common/clock.h"
#include "policy/address.h"
#include "policy/forward_place.h"
#include "policy/proven.h"
#include "policy/resolve.h"
#include "policy/rules.h"

namespace sallyport {

/// What a channel or request wants; the names of `allow:`.
/// Who may do `sftp` may do `sftp_read`.
enum class Kind { shell, exec, sftp, sftp_read, subsystem, forward_local };
[[nodiscard]] const char* name_of(Kind kind);

/// Why somebody may not. The operator hears the same words for every reason; record and log have the reason.
struct Denial {
    std::string reason;  // unknown_host, ambiguous, no_role, denied, no_login, unusable
    std::string detail;
    std::string rule;                          // the role or deny rule that decided; empty if none did
    std::vector<std::string> candidates = {};  // if ambiguous: what may be meant and reached, as it is typed
};

class Grant;
using Verdict = std::variant<Grant, Denial>;

/// Says that an operator may reach a target with a login, for at least one kind of channel. Made only by
/// `authorize`.
class Grant {
 public:
    [[nodiscard]] const Target& target() const noexcept { return target_; }
    [[nodiscard]] const Workspace& workspace() const noexcept { return *target_.workspace; }
    [[nodiscard]] const std::string& login() const noexcept { return login_; }
    [[nodiscard]] const std::string& role() const noexcept { return role_; }
    [[nodiscard]] const std::string& policy_version() const noexcept { return policy_version_; }

 private:
    friend Verdict authorize(const Rules&, const Proven&, const Address&, WallTime);
    Grant() = default;

    Target target_;
    std::string login_;
    std::string role_;  // the first that grants
    std::string policy_version_;
};

/// The decision for an address: default deny, deny wins; a grant if at least one kind of channel is granted.
[[nodiscard]] Verdict authorize(const Rules& rules, const Proven& who, const Address& address, WallTime now);

/// Whether a forward's destination is a host that the operator may reach by SSH, so that `ssh -J` ends here.
[[nodiscard]] bool is_jump(const Rules& rules, const Proven& who, const Address& place);

/// Asks again for one kind, by the rules of now and the target's facts of the grant. Absent if it is
/// permitted.
[[nodiscard]] std::optional<Denial> permits(const Rules& rules, const Grant& grant, const Proven& who,
                                            Kind kind, WallTime now);

/// What a grant lets a forward do.
struct ForwardGrant {
    bool may_carry_ssh = false;  // allow: forward_ssh
};
/// Asks for a forward from the target to a place, by the rules of now: `forward_local`, and `forward_to` of
/// the same role.
[[nodiscard]] std::variant<ForwardGrant, Denial> permits_forward(const Rules& rules, const Grant& grant,
                                                                 const Proven& who, const ForwardPlace& place,
                                                                 WallTime now);

/// Whether the rules of now still grant all kinds that are in use; if none is, any kind of what was granted.
[[nodiscard]] bool still_granted(const Rules& rules, const Grant& grant, const Proven& who,
                                 const std::set<Kind>& in_use, WallTime now);

/// A target that an operator may reach, as it is typed.
struct Reachable {
    std::string typed;  // the shortest address that means it
    std::string workspace;
    std::string host;
    std::string address;
    std::uint16_t port = 0;
    std::string user;                 // the login that is meant if none is typed; empty if none is
    std::vector<std::string> logins;  // the patterns of the roles that grant
    std::set<Kind> kinds;
    std::string unusable;
    std::vector<std::string> aliases;  // former names among them
};
[[nodiscard]] std::vector<Reachable> hosts_for(const Rules& rules, const Proven& who);

/// What somebody may ask the desk; each includes the one before it, and everyone has the first, for what is
/// their own.
enum class DeskRole { own, viewer, auditor, admin, owner };
[[nodiscard]] DeskRole desk_role(const Rules& rules, const Proven& who);
/// The same of somebody who is not here, whatever the sources of a role.
[[nodiscard]] DeskRole desk_role(const Rules& rules, const Operator& known);
[[nodiscard]] const char* name_of(DeskRole role);

}  // namespace sallyport
