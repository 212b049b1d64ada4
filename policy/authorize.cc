// SPDX-License-Identifier: Apache-2.0
#include "policy/authorize.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "policy/match.h"

namespace sallyport {
namespace {

constexpr std::array all_kinds = {Kind::shell,     Kind::exec,      Kind::sftp,
                                  Kind::sftp_read, Kind::subsystem, Kind::forward_local};

/// One question: this operator, at this target, with this login.
struct Question {
    const Rules& rules;
    const Proven& who;
    const Target& target;
    const std::string& login;
};

/// The operator as policy.yml has it now: groups may have changed since the key was proven, and a lent one
/// may have been taken back.
const Operator* current(const Rules& rules, const Proven& who) {
    if (who.lent()) return find_operator(rules, *who.lent());
    const auto found = rules.policy.operators.find(who.operator_name());
    if (found == rules.policy.operators.end()) return nullptr;
    const auto is_it = [&](const PublicKey& key) { return key.fingerprint == who.key_fingerprint(); };
    const auto& keys = found->second.keys;
    return std::any_of(keys.begin(), keys.end(), is_it) ? &found->second : nullptr;
}

bool is_member(const Role& role, const Rules& rules, const Proven& who) {
    const Operator* known = current(rules, who);
    return known != nullptr && matches_operator(role.operators, known->name, known->groups) &&
           matches_source(role.sources, who.source());
}

bool covers(const Role& role, const Rules& rules, const Proven& who, const Target& target) {
    const std::string& only = who.lent() ? who.lent()->facts().workspace : std::string();
    const bool is_in_reach = only.empty() || only == target.workspace->settings.name;
    return is_in_reach && is_member(role, rules, who) &&
           matches_target(role.targets, target.workspace->settings.name, target.name, target.groups);
}

bool allows(const Role& role, const char* kind) {
    return std::find(role.allow.begin(), role.allow.end(), kind) != role.allow.end();
}

// An absent member of a deny rule means any, so that a rule grows narrower with each thing that it says.
const DenyRule* denying(const Question& q) {
    const Operator* known = current(q.rules, q.who);
    for (const DenyRule& rule : q.rules.policy.deny) {
        const bool is_operator =
            rule.operators.empty() ||
            (known != nullptr && matches_operator(rule.operators, known->name, known->groups));
        const bool is_target =
            rule.targets.empty() ||
            matches_target(rule.targets, q.target.workspace->settings.name, q.target.name, q.target.groups);
        const bool is_login = rule.logins.empty() || matches_login(rule.logins, q.login);
        if (is_operator && is_target && is_login && matches_source(rule.sources, q.who.source()))
            return &rule;
    }
    return nullptr;
}

const Role* granting(const Question& q, Kind kind) {
    for (const Role& role : q.rules.policy.roles)
        if (covers(role, q.rules, q.who, q.target) && matches_login(role.logins, q.login) &&
            (allows(role, name_of(kind)) || (kind == Kind::sftp_read && allows(role, name_of(Kind::sftp)))))
            return &role;
    return nullptr;
}

std::variant<const Role*, Denial> decide(const Question& q, Kind kind) {
    if (const DenyRule* rule = denying(q))
        return Denial{"denied", "", "deny rule at line " + std::to_string(rule->line)};
    if (const Role* role = granting(q, kind)) return role;
    return Denial{"no_role", std::string("no role grants ") + name_of(kind), ""};
}

std::variant<const Role*, Denial> decide_any(const Question& q) {
    std::variant<const Role*, Denial> last = Denial{"no_role", "", ""};
    for (Kind kind : all_kinds) {
        last = decide(q, kind);
        if (std::holds_alternative<const Role*>(last)) return last;
    }
    return last;
}

/// The login that is meant: typed, else the inventory's, else the only one that the roles name.
std::string login_for(const Rules& rules, const Proven& who, const Address& address, const Target& target) {
    if (!address.login.empty()) return address.login;
    if (!target.user.empty()) return target.user;
    std::set<std::string> named;
    for (const Role& role : rules.policy.roles)
        if (covers(role, rules, who, target)) named.insert(role.logins.begin(), role.logins.end());
    const bool is_one = named.size() == 1 && named.begin()->find_first_of("*?") == std::string::npos;
    return is_one ? *named.begin() : std::string();
}

/// What is to be typed for a host, empty where the grammar has no words for its name and no alias helps out.
std::string typed_form(const std::map<std::string, int>& count_by_name, const Target& target) {
    const WorkspaceSettings& workspace = target.workspace->settings;
    if (is_plain_name(target.name))
        return count_by_name.at(target.name) > 1 ? workspace.name + "+" + target.name : target.name;
    for (const auto& [alias, name] : workspace.aliases)
        if (name == target.name && is_plain_name(alias)) return workspace.name + "+" + alias;
    return {};
}

Reachable describe(const std::map<std::string, int>& count_by_name, const Target& target,
                   const std::string& login) {
    Reachable out{typed_form(count_by_name, target),
                  target.workspace->settings.name,
                  target.name,
                  target.ansible_host,
                  target.port,
                  login,
                  {},
                  {},
                  target.unusable};
    if (!out.typed.empty()) return out;
    out.typed = target.name;
    out.unusable = "its name holds @, %, + or /: give it an alias in sallyport.yml";
    return out;
}

/// Of several hosts at one address the one is meant whose login in the inventory is the one that was named.
void prefer_own_login(std::vector<Grant>& grants) {
    const auto is_own = [](const Grant& grant) { return grant.target().user == grant.login(); };
    if (grants.size() > 1 && std::count_if(grants.begin(), grants.end(), is_own) == 1)
        std::erase_if(grants, [&](const Grant& grant) { return !is_own(grant); });
}

}  // namespace

const char* name_of(Kind kind) {
    constexpr std::array names = {"shell", "exec", "sftp", "sftp_read", "subsystem", "forward_local"};
    return names[static_cast<std::size_t>(kind)];
}

const char* name_of(DeskRole role) {
    constexpr std::array names = {"operator", "viewer", "auditor", "admin", "owner"};
    return names[static_cast<std::size_t>(role)];
}

Verdict authorize(const Rules& rules, const Proven& who, const Address& address, WallTime) {
    std::vector<Grant> grants;
    std::optional<Denial> denial;
    for (const Target& target : resolve(rules, address)) {
        const std::string login = login_for(rules, who, address, target);
        if (login.empty()) {
            denial = Denial{"no_login", "neither inventory nor role names one login", ""};
            continue;
        }
        const auto decision = decide_any({rules, who, target, login});
        if (const auto* no = std::get_if<Denial>(&decision)) {
            denial = *no;
            continue;
        }
        if (!target.unusable.empty()) {
            denial = Denial{"unusable", target.unusable, ""};
            continue;
        }
        Grant& grant = grants.emplace_back(Grant());
        grant.target_ = target;
        grant.login_ = login;
        grant.role_ = std::get<const Role*>(decision)->name;
        grant.policy_version_ = rules.policy.version;
    }
    if (address.port) prefer_own_login(grants);
    if (grants.size() == 1) return std::move(grants.front());
    if (grants.empty()) return denial.value_or(Denial{"unknown_host", "", ""});
    Denial ambiguous{"ambiguous", "several hosts are meant", ""};
    for (const Grant& grant : grants)
        ambiguous.candidates.push_back(grant.workspace().settings.name + "+" + grant.target().name);
    return ambiguous;
}

bool is_jump(const Rules& rules, const Proven& who, const Address& place) {
    const auto targets = resolve(rules, place);
    return std::any_of(targets.begin(), targets.end(), [&](const Target& target) {
        return std::any_of(rules.policy.roles.begin(), rules.policy.roles.end(), [&](const Role& role) {
            return covers(role, rules, who, target) && !role.allow.empty();
        });
    });
}

std::optional<Denial> permits(const Rules& rules, const Grant& grant, const Proven& who, Kind kind,
                              WallTime) {
    const auto decision = decide({rules, who, grant.target(), grant.login()}, kind);
    if (const auto* no = std::get_if<Denial>(&decision)) return *no;
    return std::nullopt;
}

std::variant<ForwardGrant, Denial> permits_forward(const Rules& rules, const Grant& grant, const Proven& who,
                                                   const ForwardPlace& place, WallTime now) {
    if (const auto denial = permits(rules, grant, who, Kind::forward_local, now)) return *denial;
    std::optional<ForwardGrant> found;
    for (const Role& role : rules.policy.roles) {
        if (!covers(role, rules, who, grant.target()) || !matches_login(role.logins, grant.login()) ||
            !allows(role, name_of(Kind::forward_local)) || !matches_place(role.forward_to, place))
            continue;
        found = ForwardGrant{(found && found->may_carry_ssh) || allows(role, "forward_ssh")};
    }
    if (found) return *found;
    return Denial{"no_role", "no role's forward_to names this place", ""};
}

bool still_granted(const Rules& rules, const Grant& grant, const Proven& who, const std::set<Kind>& in_use,
                   WallTime now) {
    if (in_use.empty())
        return std::holds_alternative<const Role*>(decide_any({rules, who, grant.target(), grant.login()}));
    return std::none_of(in_use.begin(), in_use.end(),
                        [&](Kind kind) { return permits(rules, grant, who, kind, now).has_value(); });
}

std::vector<Reachable> hosts_for(const Rules& rules, const Proven& who) {
    const auto targets = all_targets(rules);
    std::map<std::string, int> count_by_name;
    for (const Target& target : targets) ++count_by_name[target.name];
    std::vector<Reachable> out;
    for (const Target& target : targets) {
        Reachable reachable = describe(count_by_name, target, login_for(rules, who, {}, target));
        for (const Role& role : rules.policy.roles) {
            if (!covers(role, rules, who, target)) continue;
            reachable.logins.insert(reachable.logins.end(), role.logins.begin(), role.logins.end());
            for (Kind kind : all_kinds)
                if (allows(role, name_of(kind))) reachable.kinds.insert(kind);
        }
        if (reachable.kinds.empty()) continue;
        reachable.aliases = aliases_of(*target.workspace, target.name);
        out.push_back(std::move(reachable));
    }
    return out;
}

namespace {

DeskRole desk_role(const Rules& rules, const std::function<bool(const Role&)>& is_theirs) {
    DeskRole highest = DeskRole::own;
    for (const Role& role : rules.policy.roles) {
        if (role.desk.empty() || !is_theirs(role)) continue;
        for (DeskRole named : {DeskRole::viewer, DeskRole::auditor, DeskRole::admin, DeskRole::owner})
            if (role.desk == name_of(named)) highest = std::max(highest, named);
    }
    return highest;
}

}  // namespace

DeskRole desk_role(const Rules& rules, const Proven& who) {
    return desk_role(rules, [&](const Role& role) { return is_member(role, rules, who); });
}

DeskRole desk_role(const Rules& rules, const Operator& known) {
    return desk_role(
        rules, [&](const Role& role) { return matches_operator(role.operators, known.name, known.groups); });
}

}  // namespace sallyport
