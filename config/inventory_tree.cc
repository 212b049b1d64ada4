// SPDX-License-Identifier: Apache-2.0
#include "config/inventory_tree.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>

#include "config/host_variables.h"

namespace sallyport {
namespace {

constexpr const char* all = "all";
constexpr const char* ungrouped = "ungrouped";
constexpr std::size_t max_hosts = 200'000;
constexpr std::size_t max_groups = 10'000;
constexpr std::size_t max_memberships = 5'000'000;

void put(const Variables& from, Variables& to) {
    for (const auto& [name, variable] : from) to.insert_or_assign(name, variable);
}

/// As int() takes it: a whole number, or what is left of one with a fraction.
std::optional<long> priority_of(const Scalar& value) {
    if (value.kind == Scalar::Kind::truth) return value.text == "True" ? 1 : 0;
    if (value.kind != Scalar::Kind::number && value.kind != Scalar::Kind::text) return std::nullopt;
    std::string text = value.text;
    if (value.kind == Scalar::Kind::number && text.find('e') == std::string::npos)
        text = text.substr(0, text.find('.'));
    const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
    long number = 0;
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

InventoryTree::InventoryTree(const std::string& file, Faults& faults)
    : file_(std::make_shared<const std::string>(file)), faults_(faults) {
    add_group(all, 0);
    add_group(ungrouped, 0);
    add_child(all, ungrouped, 0);
}

void InventoryTree::fault(int line, const std::string& text) {
    faults_.push_back({*file_, line, text});
}

void InventoryTree::add_group(const std::string& name, int line) {
    if (name.empty()) return fault(line, "a group without a name");
    if (groups_.size() >= max_groups && !has_group(name)) {
        if (!is_too_large_) fault(line, "more than 10000 groups");
        is_too_large_ = true;
        return;
    }
    groups_[name].name = name;
}

void InventoryTree::add_host(const std::string& name, const std::string& group, const std::string& port,
                             int line) {
    if (is_too_large_) return;
    if (name.empty()) return fault(line, "a host without a name");
    if (name == "sallyport")
        return fault(line, "sallyport is the bastion's own name; a host needs another one");
    if (name == all || name == ungrouped)
        return fault(line, name + " is a group of every inventory; a host needs another name");
    const auto found = groups_.find(group);
    if (found == groups_.end()) return;
    if (hosts_.size() >= max_hosts && hosts_.count(name) == 0) {
        fault(line, "more than 200000 hosts");
        is_too_large_ = true;
        return;
    }
    const auto [host, is_new] = hosts_.try_emplace(name);
    if (is_new && !port.empty())
        host->second.variables["ansible_port"] = {whole_number("", port, 10), file_, line};
    host->second.groups.insert(&found->second);
}

void InventoryTree::add_child(const std::string& group, const std::string& child, int line) {
    if (group == child) return fault(line, "the group " + group + " is its own child");
    // Ansible takes hosts that stand in both out of the upper one: a deny rule for it would no longer hold.
    if (child == ungrouped && group != all)
        return fault(line, "ungrouped cannot stand under the group " + group);
    const auto parent = groups_.find(group);
    const auto found = groups_.find(child);
    if (parent != groups_.end() && found != groups_.end()) link(parent->second, found->second);
}

void InventoryTree::link(Group& parent, Group& child) {
    if (child.parents.count(&parent) != 0) return;
    if (++memberships_ > max_memberships) {
        if (!is_too_large_) fault(0, "more than five million memberships in groups");
        is_too_large_ = true;
        return;
    }
    child.parents.insert(&parent);
    parent.children.push_back(&child);
}

void InventoryTree::set(const std::string& entity, const std::string& name, Variable variable) {
    const auto group = groups_.find(entity);
    if (group == groups_.end()) {
        const auto host = hosts_.find(entity);
        if (host != hosts_.end() && is_connection_variable(name))
            host->second.variables.insert_or_assign(name, std::move(variable));
        return;
    }
    if (is_connection_variable(name)) {
        group->second.variables.insert_or_assign(name, std::move(variable));
    } else if (name == "ansible_group_priority") {
        const auto priority = priority_of(variable.value);
        if (!priority) return fault(variable.line, "ansible_group_priority must be a whole number");
        group->second.priority = *priority;
    }
}

std::set<InventoryTree::Group*> InventoryTree::descendants(Group& group) {
    std::set<Group*> out{&group};
    for (std::vector<Group*> next{&group}; !next.empty();) {
        Group* at = next.back();
        next.pop_back();
        for (Group* child : at->children)
            if (out.insert(child).second) next.push_back(child);
    }
    return out;
}

/// Groups that stand under no other one are under `all`; hosts in no other group are in `ungrouped`, the
/// others are not.
void InventoryTree::settle_ungrouped() {
    Group& top = groups_.at(all);
    Group& rest = groups_.at(ungrouped);
    for (auto& [name, group] : groups_)
        if (name != all && group.parents.empty()) link(top, group);
    const std::set<Group*> below = descendants(rest);
    for (auto& [name, host] : hosts_) {
        const auto& groups = host.groups;
        const bool is_ungrouped =
            std::any_of(groups.begin(), groups.end(), [&](Group* g) { return below.count(g) != 0; });
        const bool has_others =
            std::any_of(groups.begin(), groups.end(), [&](Group* g) { return g != &top && g != &rest; });
        if (is_ungrouped && has_others) {
            host.was_ungrouped = host.groups.erase(&rest) > 0;
        } else if (!is_ungrouped && !has_others) {
            host.groups.insert(&rest);
        }
    }
}

/// Finds the depths from the top, which finds rings as well, and the order in which variables win.
bool InventoryTree::rank_groups() {
    std::map<const Group*, std::size_t> waits;
    std::vector<Group*> done;
    for (auto& [name, group] : groups_) {
        waits[&group] = group.parents.size();
        if (group.parents.empty()) done.push_back(&group);
    }
    for (std::size_t at = 0; at < done.size(); ++at)
        for (Group* child : done[at]->children) {
            child->depth = std::max(child->depth, done[at]->depth + 1);
            if (--waits[child] == 0) done.push_back(child);
        }
    for (const auto& [name, group] : groups_)
        if (waits[&group] > 0) {
            fault(0, "the group " + name + " is its own ancestor, or below such a one");
            return false;
        }
    std::sort(done.begin(), done.end(), [](const Group* a, const Group* b) {
        return std::tie(a->depth, a->priority, a->name) < std::tie(b->depth, b->priority, b->name);
    });
    for (std::size_t at = 0; at < done.size(); ++at) done[at]->rank = at;
    return true;
}

/// The groups and all above them, `all` included, in the order in which variables win.
std::vector<InventoryTree::Group*> InventoryTree::ancestry(const std::set<Group*>& direct) {
    std::vector<Group*> out{&groups_.at(all)};
    std::set<const Group*> seen{out[0]};
    for (Group* group : direct)
        if (seen.insert(group).second) out.push_back(group);
    for (std::size_t at = 0; at < out.size(); ++at)
        for (Group* parent : out[at]->parents)
            if (seen.insert(parent).second) out.push_back(parent);
    std::sort(out.begin(), out.end(), [](const Group* a, const Group* b) { return a->rank < b->rank; });
    return out;
}

const InventoryTree::Shared& InventoryTree::shared(const Entry& host, const VariableFiles& files) {
    const auto [found, is_new] = shared_.try_emplace({host.groups, host.was_ungrouped});
    Shared& out = found->second;
    if (!is_new) return out;
    std::vector<Group*> groups = ancestry(host.groups);
    if (host.was_ungrouped) std::erase(groups, &groups_.at(ungrouped));
    for (Group* group : groups) {
        if (group->name != all) out.names.insert(group->name);
        if (!group->has_files && files.of_group) group->file_variables = files.of_group(group->name);
        group->has_files = true;
    }
    // `all` stands first in the order, so that it is the weakest within each of the two sources.
    for (const Group* group : groups) put(group->variables, out.variables);
    for (const Group* group : groups) put(group->file_variables, out.variables);
    return out;
}

Inventory InventoryTree::resolve(const VariableFiles& files) {
    Inventory out;
    for (const auto& [name, group] : groups_)
        if (name != all) out.groups.insert(name);
    if (is_too_large_) return out;
    settle_ungrouped();
    if (!rank_groups()) return out;
    for (const auto& [name, entry] : hosts_) {
        const Shared& common = shared(entry, files);
        memberships_ += common.names.size();
        if (memberships_ > max_memberships) {
            fault(0, "more than five million memberships in groups");
            break;
        }
        Variables variables = common.variables;
        put(entry.variables, variables);
        if (files.of_host) put(files.of_host(name), variables);
        out.hosts.emplace(name, make_host(name, common.names, variables));
    }
    return out;
}

}  // namespace sallyport
