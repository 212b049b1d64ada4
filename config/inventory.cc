// SPDX-License-Identifier: Apache-2.0
#include "config/inventory.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "common/digest.h"
#include "common/escape.h"
#include "config/inventory_formats.h"
#include "config/inventory_tree.h"
#include "config/json_tree.h"
#include "config/python_text.h"
#include "config/variables.h"

namespace sallyport {
namespace {

constexpr std::size_t max_bytes = 16 * 1024 * 1024;

/// Ansible asks a file of these names for YAML first, others for INI alone.
bool may_be_yaml(const std::string& file) {
    const std::string extension = std::filesystem::path(file).extension().string();
    return extension.empty() || extension == ".yml" || extension == ".yaml" || extension == ".json";
}

/// Which format the writer of a file that is none had in mind: by its name, else by its first line.
bool looks_like_yaml(const std::string& text, const std::string& file) {
    if (!may_be_yaml(file)) return false;
    if (!std::filesystem::path(file).extension().empty()) return true;
    for (const std::string_view raw : python_lines(text)) {
        const std::string_view line = python_strip(raw);
        if (line.empty() || line[0] == '#' || line[0] == ';') continue;
        return line[0] == '{' || line.starts_with("---") || line.ends_with(':') ||
               line.find(": ") != std::string_view::npos;
    }
    return true;
}

/// The first tag in a tree that Ansible's loader knows nothing of.
const Yaml* unknown_tag(const Yaml& node) {
    static constexpr std::string_view known[] = {"!vault",
                                                 "!vault-encrypted",
                                                 "!unsafe",
                                                 "tag:yaml.org,2002:str",
                                                 "tag:yaml.org,2002:int",
                                                 "tag:yaml.org,2002:float",
                                                 "tag:yaml.org,2002:bool",
                                                 "tag:yaml.org,2002:null",
                                                 "tag:yaml.org,2002:timestamp",
                                                 "tag:yaml.org,2002:binary",
                                                 "tag:yaml.org,2002:map",
                                                 "tag:yaml.org,2002:seq",
                                                 "tag:yaml.org,2002:set",
                                                 "tag:yaml.org,2002:omap",
                                                 "tag:yaml.org,2002:pairs",
                                                 "tag:yaml.org,2002:python/unicode",
                                                 "tag:yaml.org,2002:python/dict"};
    if (!node.tag.empty() && std::find(std::begin(known), std::end(known), node.tag) == std::end(known))
        return &node;
    for (const Yaml& item : node.items)
        if (const Yaml* found = unknown_tag(item)) return found;
    for (const auto& [key, value] : node.members) {
        if (const Yaml* found = unknown_tag(key)) return found;
        if (const Yaml* found = unknown_tag(value)) return found;
    }
    return nullptr;
}

/// Reads it as one of the formats that begin with a map. False if by its grammar it is none of them.
bool read_map(const std::string& text, const std::string& file, InventoryTree& tree, Faults& faults) {
    const std::size_t before = faults.size();
    bool is_utf8 = true;
    (void)to_utf8(text, &is_utf8);
    if (!is_utf8) {
        faults.push_back({file, 0, "it is not UTF-8"});
        return false;
    }
    Faults found;
    const Yaml root = parse_json_or_yaml(text, file, found);
    faults.insert(faults.end(), found.begin(), found.end());
    if (faults.size() > before) return false;
    if (root.kind == Yaml::Kind::null && root.tag.empty()) return true;  // nothing but comments
    if (root.kind != Yaml::Kind::map) {
        faults.push_back({file, root.line, "an inventory is a map from group to hosts, vars and children"});
        return false;
    }
    if (const Yaml* tagged = unknown_tag(root))
        faults.push_back({file, tagged->line, "the tag " + tagged->tag + " means nothing to Ansible"});
    else if (root.find("_meta") != nullptr)
        read_list_inventory(root, tree);
    else
        read_yaml_inventory(root, tree);
    return true;
}

bool is_program(const std::string& text) {
    return text.starts_with("#!") || text.starts_with(
                                         "\x7f"
                                         "ELF");
}

}  // namespace

HostChanges changes(const Inventory& before, const Inventory& after) {
    HostChanges out;
    for (const auto& [name, host] : before.hosts)
        if (after.hosts.count(name) == 0) out.removed.push_back(name);
    for (const auto& [name, host] : after.hosts) {
        const auto old = before.hosts.find(name);
        if (old == before.hosts.end())
            out.added.push_back(name);
        else if (!(old->second == host))
            out.changed.push_back(name);
    }
    return out;
}

Inventory parse_inventory(const std::string& text, const std::string& file, Faults& faults,
                          const VariableFiles& files) {
    Inventory out;
    const auto tell = [&](const Faults& found) { faults.insert(faults.end(), found.begin(), found.end()); };
    if (text.size() > max_bytes) {
        faults.push_back({file, 0, "longer than 16 MiB"});
        return out;
    }
    if (is_program(text)) {
        faults.push_back({file, 1,
                          "this is a program, which is never run here; write what ansible-inventory --list "
                          "says into a file"});
        return out;
    }
    Faults as_map;
    Faults as_ini;
    InventoryTree map(file, as_map);
    InventoryTree ini(file, as_ini);
    const bool is_map = (may_be_yaml(file) || text.starts_with('{')) && read_map(text, file, map, as_map);
    if (!is_map) read_ini_inventory(text, ini);  // Ansible: what is no YAML may be INI
    if (is_map && as_map.empty())
        out = map.resolve(files);
    else if (!is_map && as_ini.empty())
        out = ini.resolve(files);
    tell(is_map || (!as_ini.empty() && !as_map.empty() && looks_like_yaml(text, file)) ? as_map : as_ini);
    out.sha256 = sha256_hex(text);
    return out;
}

Inventory parse_inventory(const std::string& text, const std::string& file, Faults& faults) {
    return parse_inventory(text, file, faults, {});
}

}  // namespace sallyport
