// SPDX-License-Identifier: Apache-2.0
#include "config/poly.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "common/error.h"

namespace sallyport {
namespace {

namespace fs = std::filesystem;
constexpr int max_parents = 16;
constexpr std::size_t least_secret = 4;  // a shorter text would mask half of every log

/// Digits with a sign, in the base that their beginning names: 0x, 0o, 0b, and a 0 alone means 8.
std::optional<std::int64_t> whole_of(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    int base = 10;
    for (const auto& [prefix, named] : {std::pair{"0x", 16}, {"0o", 8}, {"0b", 2}, {"0", 8}})
        if (base == 10 && text.size() > 1 && text.starts_with(prefix)) {
            base = named;
            text.remove_prefix(std::string_view(prefix).size());
        }
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || text.front() == '-' || read.ec != std::errc() ||
        read.ptr != text.data() + text.size())
        return std::nullopt;
    return is_negative ? -value : value;
}

std::optional<Json> number_of(const std::string& text) {
    const char* const end = text.data() + text.size();
    if (const auto whole = whole_of(text)) return Json(*whole);
    double real = 0;
    const bool may_be = !text.empty() && text.find_first_not_of("0123456789.eE+-") == std::string::npos;
    const auto parsed = std::from_chars(text.data(), end, real);
    if (may_be && parsed.ec == std::errc() && parsed.ptr == end) return Json(real);
    return std::nullopt;
}

Json scalar(const Yaml& value) {
    const std::string& text = value.text;
    if (value.is_quoted || !value.tag.empty()) return text;
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    return number_of(text).value_or(Json(text));
}

Json read_poly(const std::string& file) {
    Faults faults;
    const Yaml root = parse_yaml(read_file(file), file, faults);
    if (!faults.empty()) throw Error(Code::config, to_text(faults));
    if (root.kind != Yaml::Kind::map) throw Error(Code::config, file + ": this must be a map");
    return to_json(root);
}

std::string text_in(const Json& object, const char* name) {
    const auto at = object.find(name);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

/// A list of objects, or what the kind of `name` is when it is absent: none.
const Json& list_in(const Json& object, const char* name) {
    static const Json none = Json::array();
    const auto at = object.find(name);
    return at != object.end() && at->is_array() ? *at : none;
}

const Json* named(const Json& list, const std::string& name) {
    for (const Json& item : list) {
        if (!item.is_object()) continue;
        if (text_in(item, "name") == name) return &item;
        for (const Json& alias : list_in(item, "alias"))
            if (alias == name) return &item;
    }
    return nullptr;
}

std::vector<std::string> names_in(const Json& list) {
    std::vector<std::string> out;
    for (const Json& item : list)
        if (item.is_object() && !text_in(item, "name").empty()) out.push_back(text_in(item, "name"));
    return out;
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out.empty() ? "none" : out;
}

bool is_list_of_named(const Json& list) {
    return list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& item) {
               return item.is_object() && item.contains("name");
           });
}

void collect_texts(const Json& value, std::vector<std::string>& out) {
    if (value.is_string() && value.get_ref<const std::string&>().size() >= least_secret)
        out.push_back(value.get<std::string>());
    if (value.is_structured())
        for (const auto& [name, item] : value.items())
            if (name != "name") collect_texts(item, out);
}

std::string prompt_of(const Json& object) {
    const auto at = object.find("prompt");
    return at != object.end() && at->is_object() ? text_in(*at, "message") : std::string();
}

/// A name that may become part of a path: no step upwards, nothing hidden.
void check_path(const std::string& name, const std::string& what) {
    const fs::path path(name);
    const bool is_within = !name.empty() && !path.is_absolute() &&
                           std::none_of(path.begin(), path.end(), [](const fs::path& part) {
                               return part == ".." || part.string().starts_with('.');
                           });
    if (!is_within)
        throw Error(Code::config, what + ": " + name + " is no name of a folder within the workspace");
}

PolyAction read_action(const Json& body) {
    PolyAction out;
    out.name = text_in(body, "name");
    out.playbook = text_in(body, "playbook");
    for (const Json& line : list_in(body, "script"))
        out.script.push_back(line.is_string() ? line.get<std::string>() : line.dump());
    out.prompt = prompt_of(body);
    out.body = body;
    return out;
}

}  // namespace

Json to_json(const Yaml& value) {
    switch (value.kind) {
        case Yaml::Kind::null:
            return nullptr;
        case Yaml::Kind::scalar:
            return scalar(value);
        case Yaml::Kind::list: {
            Json out = Json::array();
            for (const Yaml& item : value.items) out.push_back(to_json(item));
            return out;
        }
        case Yaml::Kind::map: {
            Json out = Json::object();
            for (const auto& [key, item] : value.members) out[key.text] = to_json(item);
            return out;
        }
    }
    return nullptr;
}

Json merged(Json base, const Json& over) {
    if (base.is_object() && over.is_object()) {
        for (const auto& [name, value] : over.items())
            base[name] = base.contains(name) ? merged(std::move(base[name]), value) : value;
        return base;
    }
    if (base.is_array() && over.is_array() && !over.empty() && is_list_of_named(base) &&
        is_list_of_named(over)) {
        for (const Json& item : over) {
            const auto same = std::find_if(base.begin(), base.end(),
                                           [&](const Json& other) { return other["name"] == item["name"]; });
            if (same == base.end())
                base.push_back(item);
            else
                *same = merged(std::move(*same), item);
        }
        return base;
    }
    return over.is_null() ? base : over;
}

PolyWorkspace::PolyWorkspace(std::string folder) : folder_(std::move(folder)) {
    const std::string file = folder_ + "/workspace.poly";
    if (!fs::exists(file))
        throw Error(Code::config,
                    file + " is not there; go into a workspace, or name one with --workspace FOLDER");
    body_ = read_poly(file);
    if (name().empty()) throw Error(Code::config, file + ": name is missing");
    const std::string secrets = folder_ + "/secrets.poly";
    if (!fs::exists(secrets)) return;
    const Json over = read_poly(secrets);
    collect_texts(over, secrets_);
    body_ = merged(std::move(body_), over);
}

std::string PolyWorkspace::text_of(const char* name) const {
    return text_in(body_, name);
}

std::vector<std::string> PolyWorkspace::block_names() const {
    std::vector<std::string> out = names_in(list_in(body_, "blocks"));
    std::error_code error;
    for (fs::directory_iterator at(folder_ + "/blocks", error), end; !error && at != end;
         at.increment(error)) {
        const std::string name = at->path().filename().string();
        if (fs::exists(at->path() / "block.poly") && std::find(out.begin(), out.end(), name) == out.end())
            out.push_back(name);
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::string> PolyWorkspace::workflow_names() const {
    return names_in(list_in(body_, "workflows"));
}

/// `blocks/NAME`; of `registry/name:version` the local copy, if that is of the version.
std::string PolyWorkspace::parent_folder(const std::string& from, const std::string& child) const {
    const std::size_t slash = from.rfind('/');
    const std::size_t colon = from.find(':', slash == std::string::npos ? 0 : slash);
    const std::string name = from.substr(0, colon);
    const std::string wanted = colon == std::string::npos ? "" : from.substr(colon + 1);
    check_path(name, "block " + child + ": from");
    std::string folder = folder_ + "/blocks/" + name;
    if (!fs::exists(folder + "/block.poly") && slash != std::string::npos)
        folder = folder_ + "/blocks/" + name.substr(slash + 1);
    if (!fs::exists(folder + "/block.poly"))
        throw Error(Code::config, "block " + child + " is from " + from +
                                      ", which is not in blocks/; get it with `polycrate blocks pull " +
                                      from + "`, or copy it to " + folder_ + "/blocks/" + name);
    const std::string version = text_in(read_poly(folder + "/block.poly"), "version");
    if (!wanted.empty() && wanted != "latest" && version != wanted)
        throw Error(Code::config, "block " + child + " is from " + from + ", and blocks/ has version " +
                                      (version.empty() ? "(none)" : version) +
                                      "; get it with `polycrate blocks pull " + from + "`");
    return folder;
}

Json PolyWorkspace::with_parents(Json block, std::string& folder, int depth) const {
    const std::string from = text_in(block, "from");
    if (from.empty()) return block;
    const std::string name = text_in(block, "name");
    if (depth >= max_parents) throw Error(Code::config, "block " + name + ": its parents never end");
    const std::string parent = parent_folder(from, name);
    folder = parent;
    Json base = read_poly(parent + "/block.poly");
    base = with_parents(std::move(base), folder, depth + 1);
    block = merged(std::move(base), block);
    return block;
}

PolyBlock PolyWorkspace::block(const std::string& name) const {
    Json body = Json{{"name", name}};
    const Json* instance = named(list_in(body_, "blocks"), name);
    if (instance != nullptr) body = *instance;
    const std::string own = text_in(body, "name");
    check_path(own, "block");
    const std::string folder = folder_ + "/blocks/" + own;
    PolyBlock out;
    out.name = own;
    out.folder = folder;
    if (!body.contains("from") && fs::exists(folder + "/block.poly")) body["from"] = own;
    if (instance == nullptr && !body.contains("from"))
        throw Error(Code::config, "there is no block " + name + "; there are: " + joined(block_names()));
    out.body = with_parents(std::move(body), out.folder, 0);
    out.version = text_in(out.body, "version");
    const auto inventory = out.body.find("inventory");
    if (inventory != out.body.end() && inventory->is_object())
        out.inventory_from = text_in(*inventory, "from");
    for (const Json& action : list_in(out.body, "actions")) {
        if (!action.is_object()) continue;
        out.actions.push_back(read_action(action));
        const PolyAction& read = out.actions.back();
        if (read.playbook.empty() == read.script.empty())
            throw Error(Code::config,
                        "block " + own + ": action " + read.name + " needs either a playbook or a script");
    }
    return out;
}

PolyAction PolyWorkspace::action(const PolyBlock& block, const std::string& name) const {
    std::vector<std::string> names;
    for (const PolyAction& action : block.actions) {
        const Json list = Json::array({action.body});
        if (named(list, name) != nullptr) return action;
        names.push_back(action.name);
    }
    throw Error(Code::config,
                "block " + block.name + " has no action " + name + "; it has: " + joined(names));
}

PolyWorkflow PolyWorkspace::workflow(const std::string& name) const {
    const Json* found = named(list_in(body_, "workflows"), name);
    if (found == nullptr)
        throw Error(Code::config, "there is no workflow " + name + "; there are: " +
                                      joined(workflow_names()) + ". To run an action, name its block first");
    PolyWorkflow out;
    out.name = text_in(*found, "name");
    out.prompt = prompt_of(*found);
    out.allow_failure = found->value("allow_failure", false);
    out.body = *found;
    for (const Json& step : list_in(*found, "steps")) {
        out.steps.push_back(
            {text_in(step, "name"), text_in(step, "block"), text_in(step, "action"), prompt_of(step), step});
        if (out.steps.back().block.empty() || out.steps.back().action.empty())
            throw Error(Code::config, "workflow " + name + ": each step needs a block and an action");
    }
    if (out.steps.empty()) throw Error(Code::config, "workflow " + name + " has no steps");
    return out;
}

std::string PolyWorkspace::inventory_for(const PolyBlock& block) const {
    const std::string of = block.inventory_from.empty() ? block.name : block.inventory_from;
    check_path(of, "inventory: from");
    const std::string own = folder_ + "/artifacts/blocks/" + of + "/inventory.yml";
    if (fs::exists(own)) return own;
    if (!block.inventory_from.empty())
        throw Error(Code::config, "block " + block.name + ": inventory from " + of + ", which has no " + own);
    const auto inventory = body_.find("inventory");
    const std::string name =
        inventory != body_.end() && inventory->is_object() ? text_in(*inventory, "filename") : "";
    const std::string path =
        inventory != body_.end() && inventory->is_object() ? text_in(*inventory, "path") : "";
    return folder_ + "/" + (path.empty() ? "" : path + "/") + (name.empty() ? "inventory.yml" : name);
}

}  // namespace sallyport
