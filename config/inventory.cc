// SPDX-License-Identifier: Apache-2.0
#include "config/inventory.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include "common/digest.h"
#include "config/inventory_ranges.h"
#include "config/yaml.h"

namespace sallyport {
namespace {

/// A variable with the place where it was set.
struct Variable {
    std::string value;
    std::string tag;
    int line = 0;
    bool is_single = true;  // a value that is not empty; no list, no map
};
using Variables = std::map<std::string, Variable>;

struct Group {
    Variables variables;
    std::set<std::string> children;
    std::set<std::string> hosts;
    long priority = 1;  // ansible_group_priority
};

constexpr const char* all = "all";
constexpr std::size_t max_hosts = 200'000;
constexpr std::size_t max_groups = 10'000;  // walked by recursion

class InventoryReader {
 public:
    InventoryReader(const std::string& file, Faults& faults) : file_(file), faults_(faults) {}

    Inventory read(const Yaml& root) {
        if (root.kind != Yaml::Kind::map && root.kind != Yaml::Kind::null)
            fault(root.line, "an inventory is a map from group to hosts, vars and children");
        for (const auto& [name, body] : root.members) read_group(name.text, body);
        Inventory out;
        for (const auto& [name, group] : groups_)
            if (name != all) out.groups.insert(name);
        if (!is_too_large_ && !has_cycle()) {
            find_depths();
            for (const auto& [name, variables] : hosts_) out.hosts.emplace(name, resolve(name, variables));
        }
        return out;
    }

 private:
    void fault(int line, const std::string& text) { faults_.push_back({file_, line, text}); }

    /// Too much is told once; what is over the bound is not read.
    void refuse_size(int line, const char* what) {
        if (!is_too_large_) fault(line, what);
        is_too_large_ = true;
    }

    void read_group(const std::string& name, const Yaml& body) {
        (void)groups_[name];
        if (groups_.size() > max_groups) return refuse_size(body.line, "more than 10000 groups");
        if (body.kind == Yaml::Kind::null) return;
        if (body.kind != Yaml::Kind::map) return fault(body.line, "the group " + name + " must be a map");
        for (const auto& [key, value] : body.members) {
            if (key.text == "hosts")
                read_hosts(name, value);
            else if (key.text == "vars")
                read_group_variables(name, value);
            else if (key.text == "children")
                read_children(name, value);
            else
                fault(key.line, "the group " + name + " holds " + key.text +
                                    ", which is none of hosts, vars, children");
        }
    }

    void read_children(const std::string& name, const Yaml& children) {
        if (children.kind == Yaml::Kind::null) return;
        if (children.kind != Yaml::Kind::map)
            return fault(children.line, "children must be a map from group to its body");
        for (const auto& [child, body] : children.members) {
            groups_[name].children.insert(child.text);
            read_group(child.text, body);
        }
    }

    void read_group_variables(const std::string& name, const Yaml& map) {
        if (map.kind != Yaml::Kind::map && map.kind != Yaml::Kind::null)
            return fault(map.line, "vars must be a map");
        Group& group = groups_[name];
        read_variables(map, group.variables);
        const auto priority = group.variables.find("ansible_group_priority");
        if (priority == group.variables.end()) return;
        const std::string& text = priority->second.value;
        std::from_chars(text.data(), text.data() + text.size(), group.priority);
    }

    void read_hosts(const std::string& group, const Yaml& hosts) {
        if (hosts.kind == Yaml::Kind::null) return;
        if (hosts.kind != Yaml::Kind::map)
            return fault(hosts.line, "hosts must be a map from name to variables");
        for (const auto& [pattern, body] : hosts.members) {
            const auto names = expand_ranges(pattern.text);
            if (!names) {
                fault(pattern.line, "the range in " + pattern.text + " is malformed or too long");
                continue;
            }
            if (is_too_large_) return;
            for (const std::string& name : *names) read_host(group, name, pattern.line, body);
        }
    }

    void read_host(const std::string& group, const std::string& name, int line, const Yaml& body) {
        if (name == "sallyport")
            return fault(line, "sallyport is the bastion's own name; a host needs another one");
        if (hosts_.size() >= max_hosts && hosts_.count(name) == 0)
            return refuse_size(line, "more than 200000 hosts");
        groups_[group].hosts.insert(name);
        read_variables(body, hosts_[name]);
    }

    static void read_variables(const Yaml& map, Variables& out) {
        for (const auto& [key, value] : map.members) {
            const bool is_single = value.kind == Yaml::Kind::scalar && !value.text.empty();
            out[key.text] = {value.text, value.tag, value.line, is_single};
        }
    }

    bool has_cycle() {
        std::map<std::string, int> state;  // 1: on the way down, 2: done
        for (const auto& [name, group] : groups_)
            if (finds_cycle(name, state)) return true;
        return false;
    }

    bool finds_cycle(const std::string& name, std::map<std::string, int>& state) {
        if (state[name] == 2) return false;
        if (state[name] == 1) {
            fault(0, "the group " + name + " is its own ancestor");
            return true;
        }
        state[name] = 1;
        for (const std::string& child : groups_[name].children)
            if (finds_cycle(child, state)) return true;
        state[name] = 2;
        return false;
    }

    /// A group's depth is the longest way to it from the top, as Ansible counts; deeper ones win.
    void find_depths() {
        for (const auto& [name, group] : groups_) deepen(name, name == all ? 0 : 1);
    }

    void deepen(const std::string& name, long depth) {
        long& known = depths_.emplace(name, -1).first->second;
        if (known >= depth) return;
        known = depth;
        for (const std::string& child : groups_[name].children) deepen(child, depth + 1);
    }

    void collect(const std::string& host, std::set<std::string>& out) const {
        for (const auto& [name, group] : groups_)
            if (group.hosts.count(host) != 0) out.insert(name);
        for (bool grew = true; grew;) {
            grew = false;
            for (const auto& [name, group] : groups_)
                for (const std::string& child : group.children)
                    if (out.count(child) != 0 && out.insert(name).second) grew = true;
        }
        out.insert(all);
    }

    /// Variables in Ansible's order: depth, then priority, then name; the host's own last.
    [[nodiscard]] Variables merged(const std::set<std::string>& groups, const Variables& own) {
        std::vector<std::string> order(groups.begin(), groups.end());
        const auto rank = [this](const std::string& name) {
            return std::tuple(depths_[name], groups_[name].priority, name);
        };
        std::sort(order.begin(), order.end(),
                  [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
        Variables out;
        for (const std::string& name : order)
            for (const auto& [key, value] : groups_[name].variables) out[key] = value;
        for (const auto& [key, value] : own) out[key] = value;
        return out;
    }

    Host resolve(const std::string& name, const Variables& own) {
        Host host;
        host.name = host.ansible_host = name;
        collect(name, host.groups);
        const Variables all_variables = merged(host.groups, own);
        host.groups.erase(all);
        take(all_variables, {"ansible_host", "ansible_ssh_host"}, host,
             [&](const Variable& v) { host.ansible_host = v.value; });
        take(all_variables, {"ansible_user", "ansible_ssh_user"}, host,
             [&](const Variable& v) { host.user = v.value; });
        take(all_variables, {"ansible_port", "ansible_ssh_port"}, host,
             [&](const Variable& v) { set_port(host, v); });
        take(all_variables, {"ansible_connection"}, host, [&](const Variable& v) {
            if (v.value != "ssh" && v.value != "smart" && v.value != "paramiko" && v.value != "paramiko_ssh")
                refuse(host, v, "ansible_connection is " + v.value + ", not ssh");
        });
        return host;
    }

    /// The last name that is set counts: where both spellings stand, Ansible takes ansible_ssh_host.
    template <typename Use>
    void take(const Variables& variables, std::initializer_list<const char*> names, Host& host, Use use) {
        for (const char* name : names) {
            const auto found = variables.find(name);
            if (found == variables.end()) continue;
            if (found->second.value.find("{{") != std::string::npos ||
                found->second.value.find("{%") != std::string::npos)
                refuse(host, found->second,
                       std::string(name) + " holds a template, which is never evaluated here");
            else if (found->second.tag == "!vault")
                refuse(host, found->second,
                       std::string(name) + " is encrypted, which is never decrypted here");
            else if (!found->second.is_single)
                refuse(host, found->second, std::string(name) + " is empty, or no single value");
            else
                use(found->second);
        }
    }

    void set_port(Host& host, const Variable& variable) {
        std::uint16_t port = 0;
        const char* end = variable.value.data() + variable.value.size();
        const auto [at, error] = std::from_chars(variable.value.data(), end, port);
        if (error != std::errc() || at != end || port == 0)
            refuse(host, variable, "the port " + variable.value + " is none");
        else
            host.port = port;
    }

    void refuse(Host& host, const Variable& variable, const std::string& why) {
        if (host.unusable.empty()) host.unusable = file_ + ":" + std::to_string(variable.line) + ": " + why;
    }

    const std::string& file_;
    Faults& faults_;
    std::map<std::string, Group> groups_;
    std::map<std::string, Variables> hosts_;
    std::map<std::string, long> depths_;
    bool is_too_large_ = false;
};

}  // namespace

Inventory parse_inventory(const std::string& text, const std::string& file, Faults& faults) {
    const std::size_t before = faults.size();
    const Yaml root = parse_yaml(text, file, faults);
    if (faults.size() > before) return {};
    Inventory out = InventoryReader(file, faults).read(root);
    out.sha256 = sha256_hex(text);
    return out;
}

}  // namespace sallyport
