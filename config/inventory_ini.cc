// SPDX-License-Identifier: Apache-2.0
#include <cctype>
#include <map>
#include <optional>
#include <vector>

#include "common/escape.h"
#include "config/host_pattern.h"
#include "config/inventory_formats.h"
#include "config/python_text.h"

namespace sallyport {
namespace {

struct Stop {};  // after the first fault

bool is_comment(std::string_view line) {
    return line.starts_with('#') || line.starts_with(';');
}

/// Letters, digits, `_` and bytes beyond ASCII.
bool is_tag(std::string_view text) {
    for (const char c : text)
        if (c != '_' && std::isalnum(static_cast<unsigned char>(c)) == 0 &&
            static_cast<unsigned char>(c) < 0x80)
            return false;
    return !text.empty();
}

/// Bytes of a group's name at the front: no white space, no `:`, no `]`.
std::size_t group_name_at(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && text[size] != ':' && text[size] != ']' && space_at(text.substr(size)) == 0)
        ++size;
    return size;
}

/// Whether nothing but white space and a comment is left.
bool is_over(std::string_view rest) {
    rest = python_strip(rest);
    return rest.empty() || rest[0] == '#';
}

struct Section {
    std::string group;
    std::string kind;
};

std::optional<Section> section_of(std::string_view line) {
    if (!line.starts_with('[')) return std::nullopt;
    line.remove_prefix(1);
    Section out;
    out.group = line.substr(0, group_name_at(line));
    line.remove_prefix(out.group.size());
    if (out.group.empty() || line.empty()) return std::nullopt;
    if (line[0] == ':') {
        const std::size_t end = line.find(']');
        if (end == std::string_view::npos || !is_tag(line.substr(1, end - 1))) return std::nullopt;
        out.kind = line.substr(1, end - 1);
        line.remove_prefix(end);
    }
    if (!line.starts_with(']') || !is_over(line.substr(1))) return std::nullopt;
    if (out.kind.empty()) out.kind = "hosts";
    return out;
}

/// A group that needs a section of its own, the line that asked for it, and its parents so far.
struct Pending {
    int line = 0;
    std::vector<std::string> parents;
};

class IniReader {
 public:
    explicit IniReader(InventoryTree& tree) : tree_(tree) {}

    void read(const std::string& text) {
        bool is_utf8 = true;
        (void)to_utf8(text, &is_utf8);
        for (const std::string_view raw : python_lines(text)) {
            ++line_;
            bool is_valid = true;
            if (!is_utf8 && !is_comment(raw)) (void)to_utf8(raw, &is_valid);
            if (!is_valid) fail("it is not UTF-8");
            const std::string_view line = python_strip(raw);
            if (!line.empty() && !is_comment(line)) read_line(line);
        }
        for (const auto& [group, pending] : pending_) {
            tree_.fault(pending.line, "the group " + group +
                                          " is given variables or parents, but has no section [" + group +
                                          "] or [" + group + ":children]");
            throw Stop{};
        }
    }

 private:
    [[noreturn]] void fail(const std::string& text) {
        tree_.fault(line_, text);
        throw Stop{};
    }

    void read_line(std::string_view line) {
        if (auto section = section_of(line)) return begin(std::move(*section));
        if (line.starts_with('[') && line.ends_with(']'))
            fail("the section " + std::string(line) + " is malformed");
        if (section_.kind == "hosts")
            read_hosts(line);
        else if (section_.kind == "vars")
            read_variable(line);
        else
            read_child(line);
    }

    void begin(Section section) {
        section_ = std::move(section);
        if (section_.kind != "hosts" && section_.kind != "vars" && section_.kind != "children")
            fail("the section [" + section_.group + ":" + section_.kind +
                 "] is none of [GROUP], [GROUP:vars], [GROUP:children]");
        const bool is_known = tree_.has_group(section_.group);
        add_group(section_.group);
        if (section_.kind == "vars") {
            if (!is_known) pending_.try_emplace(section_.group, Pending{line_, {}});
            return;
        }
        const auto found = pending_.extract(section_.group);
        if (found.empty()) return;
        for (const std::string& parent : found.mapped().parents)
            tree_.add_child(parent, section_.group, found.mapped().line);
    }

    void add_group(const std::string& name) {
        tree_.add_group(name, line_);
        if (!tree_.has_group(name)) throw Stop{};
    }

    void read_hosts(std::string_view line) {
        const auto words = shell_words(line);
        if (!words) fail("a quote or a backslash is left open");
        const std::string& pattern = words->at(0);
        const auto hosts = expand_pattern(pattern);
        if (!hosts) fail("the range in " + pattern + " is malformed or too long");
        if (hosts->port.empty() && python_strip(pattern).ends_with(':') && split_port(pattern).port.empty())
            fail("the host " + pattern + " ends in a colon, behind which its port belongs");
        for (const std::string& name : hosts->names)
            if (python_strip(name) == "---") fail("--- begins YAML");
        std::map<std::string, Variable> variables;
        for (std::size_t i = 1; i < words->size(); ++i) {
            const std::string& word = words->at(i);
            const std::size_t equals = word.find('=');
            if (equals == std::string::npos) fail("expected NAME=VALUE behind the host, not " + word);
            variables[word.substr(0, equals)] = variable(word.substr(equals + 1));
        }
        for (const std::string& name : hosts->names) {
            tree_.add_host(name, section_.group, hosts->port, line_);
            for (const auto& [key, value] : variables) tree_.set(name, key, value);
        }
    }

    void read_variable(std::string_view line) {
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) fail("expected NAME=VALUE, not " + std::string(line));
        tree_.set(section_.group, std::string(python_strip(line.substr(0, equals))),
                  variable(std::string(python_strip(line.substr(equals + 1)))));
    }

    void read_child(std::string_view line) {
        const std::string child(line.substr(0, group_name_at(line)));
        if (child.empty() || !is_over(line.substr(child.size())))
            fail("expected the name of a group, not " + std::string(line));
        if (tree_.has_group(child)) return tree_.add_child(section_.group, child, line_);
        pending_.try_emplace(child, Pending{line_, {}}).first->second.parents.push_back(section_.group);
    }

    Variable variable(const std::string& text) const { return {python_literal(text), tree_.file(), line_}; }

    InventoryTree& tree_;
    Section section_{"ungrouped", "hosts"};
    std::map<std::string, Pending> pending_;
    int line_ = 0;
};

}  // namespace

void read_ini_inventory(const std::string& text, InventoryTree& tree) {
    try {
        IniReader(tree).read(text);
    } catch (const Stop&) {
    }
}

}  // namespace sallyport
