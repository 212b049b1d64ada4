// SPDX-License-Identifier: Apache-2.0
#include "config/json_tree.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace sallyport {
namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_nodes = 1'000'000;
constexpr std::size_t max_bytes = 16 * 1024 * 1024;
using Json = nlohmann::json;

/// Where the parser is, shared by its copies of the iterator.
struct Place {
    int line = 1;
    char last = '\0';
};

/// Walks the text and counts its lines.
struct Counting {
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    const char* at;
    Place* place;

    reference operator*() const { return *at; }
    Counting& operator++() {
        place->last = *at;
        if (*at++ == '\n') ++place->line;
        return *this;
    }
    bool operator==(const Counting& other) const { return at == other.at; }
    bool operator!=(const Counting& other) const { return at != other.at; }
};

struct Refused {
    int line;
    std::string text;
};

class Builder : public nlohmann::json_sax<Json> {
 public:
    explicit Builder(const Place& place) : place_(place) {}
    [[nodiscard]] Yaml take() { return std::move(root_); }

    bool null() override { return add(make(Yaml::Kind::null)); }
    bool boolean(bool value) override { return scalar("bool", value ? "true" : "false"); }
    bool number_integer(std::int64_t value) override { return scalar("int", std::to_string(value)); }
    bool number_unsigned(std::uint64_t value) override { return scalar("int", std::to_string(value)); }
    bool number_float(double, const std::string& text) override {
        const bool is_whole = text.find_first_of(".eE") == std::string::npos;  // one that fits no 64 bits
        return scalar(is_whole ? "int" : "float", text);
    }
    bool string(std::string& value) override {
        Yaml node = make(Yaml::Kind::scalar);
        node.text = std::move(value);
        node.is_quoted = true;
        return add(std::move(node));
    }
    bool binary(Json::binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Yaml::Kind::map); }
    bool start_array(std::size_t) override { return open(Yaml::Kind::list); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override {
        if (!open_.back().keys.insert(name).second)
            throw Refused{place_.line, "the key " + name + " stands here twice"};
        open_.back().key = make(Yaml::Kind::scalar);
        open_.back().key.is_quoted = true;
        open_.back().key.text = std::move(name);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

 private:
    struct Open {
        Yaml node;
        Yaml key;
        std::set<std::string> keys;
    };

    Yaml make(Yaml::Kind kind) {
        Yaml node;
        node.kind = kind;
        // A number ends with the character behind it, which may be the end of its line.
        node.line = place_.line - (place_.last == '\n' ? 1 : 0);
        if (++nodes_ > max_nodes) throw Refused{node.line, "too many values"};
        return node;
    }

    bool scalar(const char* type, std::string text) {
        Yaml node = make(Yaml::Kind::scalar);
        node.tag = std::string("tag:yaml.org,2002:") + type;
        node.text = std::move(text);
        return add(std::move(node));
    }

    bool open(Yaml::Kind kind) {
        if (open_.size() >= max_depth) throw Refused{place_.line, "nested too deeply"};
        open_.push_back({make(kind), {}, {}});
        return true;
    }

    /// `{"__ansible_vault": …}` is how Ansible writes an encrypted value, `__ansible_unsafe` a text.
    static void unwrap(Yaml& node) {
        if (node.kind != Yaml::Kind::map || node.members.size() != 1) return;
        const std::string name = node.members[0].key.text;
        if (name != "__ansible_vault" && name != "__ansible_unsafe") return;
        Yaml inner = std::move(node.members[0].value);
        if (name == "__ansible_vault") inner.tag = "!vault";
        node = std::move(inner);
    }

    bool close() {
        Yaml node = std::move(open_.back().node);
        open_.pop_back();
        unwrap(node);
        return add(std::move(node));
    }

    bool add(Yaml node) {
        if (open_.empty())
            root_ = std::move(node);
        else if (open_.back().node.kind == Yaml::Kind::list)
            open_.back().node.items.push_back(std::move(node));
        else
            open_.back().node.members.push_back({std::move(open_.back().key), std::move(node)});
        return true;
    }

    const Place& place_;
    Yaml root_;
    std::vector<Open> open_;
    std::size_t nodes_ = 0;
};

}  // namespace

std::optional<Yaml> parse_json_tree(const std::string& text, const std::string& file, Faults& faults) {
    if (text.size() > max_bytes) return std::nullopt;
    Place place;
    Builder builder(place);
    const Counting begin{text.data(), &place};
    const Counting end{text.data() + text.size(), &place};
    try {
        if (!Json::sax_parse(begin, end, &builder)) return std::nullopt;
    } catch (const Refused& refused) {
        faults.push_back({file, refused.line, refused.text});
        return Yaml{};
    }
    return builder.take();
}

Yaml parse_json_or_yaml(const std::string& text, const std::string& file, Faults& faults) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start != std::string::npos && (text[start] == '{' || text[start] == '['))
        if (auto json = parse_json_tree(text, file, faults)) return std::move(*json);
    return parse_yaml(text, file, faults);
}

}  // namespace sallyport
