// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/host_pattern.h"
#include "config/inventory_formats.h"

namespace sallyport {
namespace {

constexpr const char* sections[] = {"hosts", "vars", "children"};

bool is_text(const Yaml& key) {
    return yaml_scalar(key).kind == Scalar::Kind::text;
}

/// Nothing, false, 0, "" and [] stand for no variables at all.
bool is_nothing(const Yaml& value) {
    const Scalar scalar = yaml_scalar(value);
    return scalar.kind == Scalar::Kind::none || scalar.text == "False" || scalar.text == "0" ||
           (scalar.kind == Scalar::Kind::text && scalar.text.empty()) ||
           (value.kind == Yaml::Kind::list && value.items.empty());
}

class YamlReader {
 public:
    explicit YamlReader(InventoryTree& tree) : tree_(tree) {}

    void read(const Yaml& root) {
        if (const Yaml* plugin = root.find("plugin"); plugin != nullptr && !is_nothing(*plugin))
            return tree_.fault(plugin->line,
                               "this configures an inventory plugin, which is never run here; "
                               "write what ansible-inventory --list says into a file");
        for (const auto& [key, body] : root.members) read_group(key, body);
    }

 private:
    void read_group(const Yaml& name, const Yaml& body) {
        if (!is_text(name)) return tree_.fault(name.line, "the group " + name.text + " is no text; quote it");
        tree_.add_group(name.text, name.line);
        if (!tree_.has_group(name.text) || body.kind == Yaml::Kind::null) return;
        if (body.kind != Yaml::Kind::map)
            return tree_.fault(body.line, "the group " + name.text + " must be a map");
        for (const auto& [key, value] : body.members) {
            if (std::find(std::begin(sections), std::end(sections), key.text) == std::end(sections)) {
                tree_.fault(key.line, "the group " + name.text + " holds " + key.text +
                                          ", which is none of hosts, vars, children");
                continue;
            }
            read_section(name.text, key.text, value);
        }
    }

    void read_section(const std::string& group, const std::string& section, const Yaml& value) {
        if (value.kind == Yaml::Kind::null) return;
        Yaml alone;  // `hosts: web1` is short for `hosts: {web1: }`
        if (value.kind == Yaml::Kind::scalar && is_text(value)) {
            alone.kind = Yaml::Kind::map;
            alone.members.push_back({value, {}});
        } else if (value.kind != Yaml::Kind::map) {
            return tree_.fault(value.line, section + " of the group " + group + " must be a map");
        }
        for (const auto& [key, body] : (alone.members.empty() ? value : alone).members) {
            if (section == "vars")
                tree_.set(group, key.text, {yaml_scalar(body), tree_.file(), body.line});
            else if (section == "hosts")
                read_host(group, key, body);
            else
                read_child(group, key, body);
        }
    }

    void read_child(const std::string& group, const Yaml& name, const Yaml& body) {
        read_group(name, body);
        if (is_text(name)) tree_.add_child(group, name.text, name.line);
    }

    void read_host(const std::string& group, const Yaml& pattern, const Yaml& body) {
        if (!is_text(pattern))
            return tree_.fault(pattern.line, "the host " + pattern.text + " is no text; quote it");
        const auto hosts = expand_pattern(pattern.text);
        if (!hosts)
            return tree_.fault(pattern.line, "the range in " + pattern.text + " is malformed or too long");
        const bool has_variables = body.kind == Yaml::Kind::map;
        if (!has_variables && !is_nothing(body))
            return tree_.fault(body.line, "the variables of " + pattern.text + " must be a map");
        for (const std::string& name : hosts->names) {
            tree_.add_host(name, group, hosts->port, pattern.line);
            for (const auto& [key, value] : body.members)
                if (is_connection_variable(key.text))
                    tree_.set(name, key.text, {yaml_scalar(value), tree_.file(), value.line});
        }
    }

    InventoryTree& tree_;
};

}  // namespace

void read_yaml_inventory(const Yaml& root, InventoryTree& tree) {
    YamlReader(tree).read(root);
}

}  // namespace sallyport
