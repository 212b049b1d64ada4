// SPDX-License-Identifier: Apache-2.0
#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace sallyport {
namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_nodes = 1'000'000;
constexpr std::size_t max_bytes = 16 * 1024 * 1024;

struct Refused {
    int line;
    std::string text;
};

std::size_t count_nodes(const Yaml& node) {
    std::size_t count = 1;
    for (const Yaml& item : node.items) count += count_nodes(item);
    for (const auto& [key, value] : node.members) count += 1 + count_nodes(value);
    return count;
}

std::size_t depth_of(const Yaml& node) {
    std::size_t inside = 0;
    for (const Yaml& item : node.items) inside = std::max(inside, depth_of(item));
    for (const auto& [key, value] : node.members) inside = std::max(inside, depth_of(value));
    return inside + (node.kind == Yaml::Kind::list || node.kind == Yaml::Kind::map ? 1 : 0);
}

/// Builds the tree out of the parser's events; refusing here keeps a bomb from being built at all.
class Builder : public YAML::EventHandler {
 public:
    [[nodiscard]] Yaml take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(make(Yaml::Kind::null, mark), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end())
            throw Refused{mark.line + 1, "an alias names an anchor that is not complete yet"};
        Yaml copy = found->second;
        nodes_ += count_nodes(copy);
        if (open_.size() + depth_of(copy) > max_depth) throw Refused{mark.line + 1, "nested too deeply"};
        add(std::move(copy), 0);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        Yaml node = tagged(make(Yaml::Kind::scalar, mark), tag);
        node.text = value;
        node.is_quoted = tag == "!";
        add(std::move(node), anchor);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(tagged(make(Yaml::Kind::list, mark), tag), anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(tagged(make(Yaml::Kind::map, mark), tag), anchor);
    }
    void OnMapEnd() override {
        if (open_.back().keys.count("<<") != 0) merge(open_.back().node);
        close();
    }

 private:
    struct Open {
        Yaml node;
        YAML::anchor_t anchor = 0;
        std::optional<Yaml> key;
        std::set<std::string> keys;
    };

    Yaml make(Yaml::Kind kind, const YAML::Mark& mark) {
        if (++nodes_ > max_nodes) throw Refused{mark.line + 1, "too many values"};
        Yaml node;
        node.kind = kind;
        node.line = mark.line + 1;
        return node;
    }

    static Yaml tagged(Yaml node, const std::string& tag) {
        if (tag != "?" && tag != "!") node.tag = tag;
        return node;
    }

    void open(Yaml node, YAML::anchor_t anchor) {
        if (open_.size() >= max_depth) throw Refused{node.line, "nested too deeply"};
        open_.push_back({std::move(node), anchor, std::nullopt, {}});
    }

    /// `<<: *defaults` (YAML 1.1, which Ansible reads): what the map does not say itself, the first that
    /// does; in PyYAML's order, what is merged in before the rest.
    static void merge(Yaml& map) {
        std::vector<YamlMember> own;
        std::vector<Yaml> sources;
        for (YamlMember& member : map.members) {
            if (member.key.text != "<<" || member.key.is_quoted)
                own.push_back(std::move(member));
            else if (member.value.kind == Yaml::Kind::list)
                std::move(member.value.items.rbegin(), member.value.items.rend(),
                          std::back_inserter(sources));
            else
                sources.push_back(std::move(member.value));
        }
        map.members.clear();
        std::map<std::string, std::size_t> places;
        const auto put = [&](YamlMember& member) {
            const auto [place, is_new] = places.emplace(member.key.text, map.members.size());
            if (is_new)
                map.members.push_back(std::move(member));
            else
                map.members[place->second] = std::move(member);
        };
        for (Yaml& source : sources) {
            if (source.kind != Yaml::Kind::map)
                throw Refused{source.line, "<< can only take in a map, or a list of maps"};
            std::for_each(source.members.begin(), source.members.end(), put);
        }
        std::for_each(own.begin(), own.end(), put);
    }

    void close() {
        Open done = std::move(open_.back());
        open_.pop_back();
        add(std::move(done.node), done.anchor);
    }

    void add(Yaml node, YAML::anchor_t anchor) {
        if (nodes_ > max_nodes) throw Refused{node.line, "too many values"};
        if (anchor != 0) {
            nodes_ += count_nodes(node);  // a copy is kept
            if (nodes_ > max_nodes) throw Refused{node.line, "too many values"};
            anchors_[anchor] = node;
        }
        if (open_.empty()) {
            root_ = std::move(node);
        } else if (open_.back().node.kind == Yaml::Kind::list) {
            open_.back().node.items.push_back(std::move(node));
        } else if (!open_.back().key) {
            take_key(std::move(node));
        } else {
            open_.back().node.members.push_back({std::move(*open_.back().key), std::move(node)});
            open_.back().key.reset();
        }
    }

    void take_key(Yaml key) {
        if (key.kind == Yaml::Kind::list || key.kind == Yaml::Kind::map)
            throw Refused{key.line, "a key must be a plain word"};
        if (!open_.back().keys.insert(key.text).second)
            throw Refused{key.line, "the key " + key.text + " stands here twice"};
        open_.back().key = std::move(key);
    }

    Yaml root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Yaml> anchors_;
    std::size_t nodes_ = 0;
};

}  // namespace

const Yaml* Yaml::find(std::string_view key) const {
    for (const auto& [name, value] : members)
        if (name.text == key) return &value;
    return nullptr;
}

Yaml parse_yaml(const std::string& text, const std::string& file, Faults& faults) {
    if (text.size() > max_bytes) {
        faults.push_back({file, 0, "longer than 16 MiB"});
        return {};
    }
    try {
        // yaml-cpp misses a quote that was never closed, unless the text ends in the middle of a line.
        std::istringstream in(text + "\n#");
        YAML::Parser parser(in);
        Builder builder;
        parser.HandleNextDocument(builder);
        Builder rest;
        if (parser.HandleNextDocument(rest)) throw Refused{0, "it holds a second document behind ---"};
        return builder.take();
    } catch (const Refused& refused) {
        faults.push_back({file, refused.line, refused.text});
    } catch (const YAML::Exception& error) {
        faults.push_back({file, error.mark.line + 1, error.msg});
    }
    return {};
}

}  // namespace sallyport
