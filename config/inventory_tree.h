// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/fault.h"
#include "config/inventory.h"
#include "config/variables.h"

namespace sallyport {

/// Groups and hosts as Ansible's InventoryData holds them while a file is read, in the order of the file.
/// Bounds: 10000 groups, 200000 hosts, five million memberships; what is over them is told once and not kept.
class InventoryTree {
 public:
    InventoryTree(const std::string& file, Faults& faults);

    void fault(int line, const std::string& text);

    void add_group(const std::string& name, int line);
    [[nodiscard]] bool has_group(const std::string& name) const { return groups_.count(name) != 0; }
    /// The group must be there. `port` counts where the host is new; empty if none is said.
    void add_host(const std::string& name, const std::string& group, const std::string& port, int line);
    /// Both must be there as groups.
    void add_child(const std::string& group, const std::string& child, int line);
    /// Sets a variable of a group, or of a host that no group is called like, as Ansible decides.
    void set(const std::string& entity, const std::string& name, Variable variable);

    /// The inventory with all variables resolved in Ansible's order. Nothing may be added after it.
    [[nodiscard]] Inventory resolve(const VariableFiles& files);

    [[nodiscard]] const std::shared_ptr<const std::string>& file() const { return file_; }

 private:
    struct Group {
        std::string name;
        Variables variables;
        std::vector<Group*> children;
        std::set<Group*> parents;
        long priority = 1;     // ansible_group_priority
        long depth = 0;        // the longest way from `all`
        std::size_t rank = 0;  // in the order in which variables win
        bool has_files = false;
        Variables file_variables;
    };
    struct Entry {
        Variables variables;
        std::set<Group*> groups;
        bool was_ungrouped = false;  // taken out of that group, and so no more in it by a group below either
    };
    /// What all hosts share that stand in the same groups.
    struct Shared {
        std::set<std::string> names;
        Variables variables;
    };

    void link(Group& parent, Group& child);
    void settle_ungrouped();
    bool rank_groups();
    [[nodiscard]] std::set<Group*> descendants(Group& group);
    [[nodiscard]] std::vector<Group*> ancestry(const std::set<Group*>& direct);
    const Shared& shared(const Entry& host, const VariableFiles& files);

    std::shared_ptr<const std::string> file_;
    Faults& faults_;
    std::map<std::string, Group> groups_;
    std::map<std::string, Entry> hosts_;
    std::map<std::pair<std::set<Group*>, bool>, Shared> shared_;
    std::size_t memberships_ = 0;
    bool is_too_large_ = false;
};

}  // namespace sallyport
