// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "config/inventory_formats.h"

namespace sallyport {
namespace {

class ListReader {
 public:
    explicit ListReader(InventoryTree& tree) : tree_(tree) {}

    void read(const Yaml& root) {
        const Yaml* variables = nullptr;
        for (const auto& [key, body] : root.members) {
            if (key.text == "_meta")
                variables = body.find("hostvars");
            else
                read_group(key, body);
        }
        if (variables == nullptr) return;
        for (const auto& [host, map] : variables->members)
            if (hosts_.count(host.text) != 0) set_all(host.text, map, host.line);
    }

 private:
    void read_group(const Yaml& name, const Yaml& body) {
        tree_.add_group(name.text, name.line);
        if (!tree_.has_group(name.text)) return;
        if (body.kind != Yaml::Kind::map) return read_hosts(name, body);
        const Yaml* hosts = body.find("hosts");
        const Yaml* variables = body.find("vars");
        const Yaml* children = body.find("children");
        if (hosts == nullptr && variables == nullptr && children == nullptr) {
            if (body.members.empty() && (name.text == "all" || name.text == "ungrouped")) return;
            add_host(name, name.text);  // the short form: a host of that name with its variables
            return set_all(name.text, body, name.line);
        }
        if (hosts != nullptr) read_hosts(name, *hosts);
        if (variables != nullptr) set_all(name.text, *variables, variables->line);
        if (children != nullptr) read_children(name.text, *children);
    }

    void read_hosts(const Yaml& group, const Yaml& hosts) {
        if (hosts.kind != Yaml::Kind::list)
            return tree_.fault(hosts.line, "the hosts of the group " + group.text + " must be a list");
        for (const Yaml& host : hosts.items) add_host(host, group.text);
    }

    void add_host(const Yaml& name, const std::string& group) {
        if (name.kind != Yaml::Kind::scalar || !name.is_quoted)
            return tree_.fault(name.line, "a host of the group " + group + " is no text");
        hosts_.insert(name.text);
        tree_.add_host(name.text, group, "", name.line);
    }

    void read_children(const std::string& group, const Yaml& children) {
        if (children.kind != Yaml::Kind::list)
            return tree_.fault(children.line, "the children of the group " + group + " must be a list");
        for (const Yaml& child : children.items) {
            if (child.kind != Yaml::Kind::scalar || !child.is_quoted) {
                tree_.fault(child.line, "a child of the group " + group + " is no text");
                continue;
            }
            tree_.add_group(child.text, child.line);
            tree_.add_child(group, child.text, child.line);
        }
    }

    void set_all(const std::string& entity, const Yaml& map, int line) {
        if (map.kind != Yaml::Kind::map)
            return tree_.fault(line, "the variables of " + entity + " must be a map");
        for (const auto& [key, value] : map.members)
            tree_.set(entity, key.text, {yaml_scalar(value), tree_.file(), value.line});
    }

    InventoryTree& tree_;
    std::set<std::string> hosts_;
};

}  // namespace

void read_list_inventory(const Yaml& root, InventoryTree& tree) {
    ListReader(tree).read(root);
}

}  // namespace sallyport
