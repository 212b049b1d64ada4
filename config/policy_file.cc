// SPDX-License-Identifier: Apache-2.0
#include "config/policy_file.h"

#include <algorithm>
#include <array>

#include "common/digest.h"
#include "config/cidr.h"
#include "config/endpoint.h"
#include "config/reader.h"
#include "config/socket_path.h"

namespace sallyport {
namespace {

constexpr std::array kinds = {"shell",     "exec",          "sftp",       "sftp_read",
                              "subsystem", "forward_local", "forward_ssh"};
// The last two are names that users of other tools have: they give what everyone has.
constexpr std::array desk_roles = {"",      "viewer",   "auditor",   "admin",
                                   "owner", "operator", "developer", "billing"};

template <typename Names>
bool is_one_of(const std::string& name, const Names& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// What a forward may go to, as in sshd's PermitOpen.
bool is_place(const std::string& text) {
    if (text.starts_with("unix:")) return text == "unix:*" || is_socket_path(text.substr(5));
    const bool is_any_port = text.ends_with(":*");
    const auto at = parse_endpoint(is_any_port ? text.substr(0, text.size() - 1) + "1" : text);
    return at && !at->host.empty() && at->port != 0;
}

class PolicyReader {
 public:
    PolicyReader(const std::string& file, Faults& faults, PolicyFile& out)
        : file_(file), faults_(faults), out_(out) {}

    void read(const Yaml& root) {
        Reader reader(root, "", file_, faults_);
        reader.with("operators", [this](const Yaml& map) { read_operators(map); });  // roles name them
        reader.with("roles", [this](const Yaml& list) { read_list(list, &PolicyReader::read_role); });
        reader.with("deny", [this](const Yaml& list) { read_list(list, &PolicyReader::read_deny); });
        reader.finish();
    }

 private:
    void fault(int line, const std::string& text) { faults_.push_back({file_, line, text}); }

    void read_list(const Yaml& list, void (PolicyReader::*read_one)(const Yaml&)) {
        if (list.kind != Yaml::Kind::list) return fault(list.line, "this must be a list");
        for (const Yaml& item : list.items) (this->*read_one)(item);
    }

    void read_operators(const Yaml& map) {
        if (map.kind != Yaml::Kind::map)
            return fault(map.line, "operators must be a map from name to keys and groups");
        for (const auto& [name, value] : map.members) read_operator(name, value);
    }

    void read_operator(const Yaml& name, const Yaml& value) {
        Operator& made = out_.operators[name.text];
        made.name = name.text;
        if (name.text.empty() || name.text.front() == '@' ||
            name.text.find_first_of("*?[") != std::string::npos)
            fault(name.line, "an operator's name may not begin with @ or hold * ? [");
        std::vector<std::string> keys;
        Reader reader(value, "operators: " + name.text, file_, faults_);
        reader.list("keys", keys);
        reader.list("groups", made.groups);
        reader.finish();
        for (const std::string& line : keys) read_key(name, line, made);
    }

    void read_key(const Yaml& name, const std::string& line, Operator& made) {
        std::string why;
        auto key = parse_public_key(line, why);
        if (!key) return fault(name.line, "operators: " + name.text + ": a key is not usable: " + why);
        const auto [at, is_new] = out_.operator_by_key.emplace(key->blob, name.text);
        if (!is_new)
            return fault(name.line, "the key " + key->fingerprint + " belongs to " + at->second + " and to " +
                                        name.text + "; one key belongs to one operator");
        made.keys.push_back(std::move(*key));
    }

    void check_sources(const std::vector<std::string>& sources, int line) {
        for (const std::string& source : sources)
            if (!parse_cidr(source))
                fault(line, "sources: " + source + " is not an address or a net such as 192.0.2.0/24");
    }

    /// A name that nobody has is a slip of the pen: in a deny rule it would deny nobody.
    void check_operators(const std::vector<std::string>& names, int line) {
        const auto is_group = [this](const std::string& group) {
            return std::any_of(out_.operators.begin(), out_.operators.end(),
                               [&](const auto& entry) { return is_one_of(group, entry.second.groups); });
        };
        for (const std::string& name : names) {
            const bool is_known = name == "*" || (name.starts_with("@") ? is_group(name.substr(1))
                                                                        : out_.operators.count(name) != 0);
            if (!is_known) fault(line, "operators: nobody is " + name);
        }
    }

    void check_targets(const std::vector<std::string>& targets, int line) {
        for (const std::string& target : targets)
            if (target != "*" && target.find('+') == std::string::npos)
                fault(line, "targets: write " + target + " as WORKSPACE+HOST or WORKSPACE+@GROUP");
    }

    void read_role(const Yaml& map) {
        Role& role = out_.roles.emplace_back();
        role.line = map.line;
        Reader reader(map, "roles", file_, faults_);
        reader.text("name", role.name);
        reader.list("operators", role.operators);
        reader.list("targets", role.targets);
        reader.list("logins", role.logins);
        reader.list("allow", role.allow);
        reader.list("forward_to", role.forward_to);
        reader.narrowing("sources", role.sources);
        reader.text("desk", role.desk);
        reader.finish();
        if (role.name.empty()) fault(map.line, "a role needs a name");
        for (const std::string& kind : role.allow)
            if (!is_one_of(kind, kinds))
                fault(map.line, "allow: " + kind +
                                    " is none of shell, exec, sftp, sftp_read, subsystem, forward_local, "
                                    "forward_ssh");
        if (is_one_of("sftp", role.allow) && is_one_of("sftp_read", role.allow))
            fault(map.line, "allow: sftp_read stands in place of sftp, not beside it");
        if (is_one_of("forward_ssh", role.allow) && !is_one_of("forward_local", role.allow))
            fault(map.line, "allow: forward_ssh needs forward_local beside it");
        if (!is_one_of(role.desk, desk_roles))
            fault(map.line, "desk: " + role.desk + " is none of operator, viewer, auditor, admin, owner");
        for (const std::string& place : role.forward_to)
            if (!is_place(place))
                fault(map.line,
                      "forward_to: " + place + " is no HOST:PORT, HOST:*, *:PORT, unix:/PATH or unix:*");
        check_sources(role.sources, map.line);
        check_targets(role.targets, map.line);
        check_operators(role.operators, map.line);
    }

    void read_deny(const Yaml& map) {
        DenyRule& rule = out_.deny.emplace_back();
        rule.line = map.line;
        Reader reader(map, "deny", file_, faults_);
        reader.narrowing("operators", rule.operators);
        reader.narrowing("targets", rule.targets);
        reader.narrowing("logins", rule.logins);
        reader.narrowing("sources", rule.sources);
        reader.finish();
        check_sources(rule.sources, map.line);
        check_targets(rule.targets, map.line);
        check_operators(rule.operators, map.line);
    }

    const std::string& file_;
    Faults& faults_;
    PolicyFile& out_;
};

}  // namespace

PolicyFile parse_policy(const std::string& text, const std::string& file, Faults& faults) {
    PolicyFile out;
    const std::size_t before = faults.size();
    const Yaml root = parse_yaml(text, file, faults);
    if (faults.size() > before) return out;
    PolicyReader(file, faults, out).read(root);
    out.version = sha256_hex(text);
    return out;
}

}  // namespace sallyport
