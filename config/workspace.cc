// SPDX-License-Identifier: Apache-2.0
#include "config/workspace.h"

#include <filesystem>

#include "common/error.h"
#include "config/git_head.h"
#include "config/variables.h"
#include "config/yaml.h"

namespace sallyport {
namespace {

std::string within(const std::string& folder, const std::string& path) {
    return (std::filesystem::path(folder) / path).lexically_normal().string();
}

/// False only where nothing is; what is there and cannot be looked at, reading it tells.
bool is_there(const std::string& file) {
    std::error_code error;
    return std::filesystem::status(file, error).type() != std::filesystem::file_type::not_found;
}

/// The path of a file of the workspace. Throws Error{Code::config} if a link leads out of it: who may write
/// here could otherwise use the key of another workspace, or read what is the daemon's alone.
std::string own_file(const std::string& folder, const std::string& path) {
    std::string file = within(folder, path);
    if (std::filesystem::path(path).is_absolute()) return file;  // the config's own word
    std::error_code error;
    const auto real = std::filesystem::canonical(file, error);
    const auto inside = real.lexically_relative(std::filesystem::canonical(folder, error));
    if (!real.empty() && (inside.empty() || *inside.begin() == ".."))
        throw Error(Code::config, file + ": a link leads outside of the workspace, to " + real.string());
    return file;
}

/// `inventory: {filename, path}` of workspace.poly, else inventory.yml.
std::string inventory_file(const std::string& folder) {
    const std::string poly = own_file(folder, "workspace.poly");
    if (!is_there(poly)) return own_file(folder, "inventory.yml");
    Faults ignored;  // what else is wrong in workspace.poly is the CLI's to say
    const Yaml root = parse_yaml(read_file(poly), poly, ignored);
    const Yaml* inventory = root.find("inventory");
    const Yaml* name = inventory != nullptr ? inventory->find("filename") : nullptr;
    const Yaml* path = inventory != nullptr ? inventory->find("path") : nullptr;
    const std::string file = within(path != nullptr ? within(folder, path->text) : folder,
                                    name != nullptr ? name->text : "inventory.yml");
    // What lies elsewhere is not in the commit that the record names.
    const std::filesystem::path inside = std::filesystem::path(file).lexically_relative(folder);
    if (inside.empty() || *inside.begin() == "..")
        throw Error(Code::config, poly + ": inventory: " + file + " lies outside of the workspace");
    return own_file(folder, inside.string());
}

void check_aliases(const Workspace& workspace, Faults& faults) {
    for (const auto& [typed, name] : workspace.settings.aliases)
        if (workspace.inventory.hosts.count(name) == 0)
            faults.push_back({workspace.settings.path, 0,
                              "aliases: " + typed + " stands for " + name + ", which is no host"});
}

constexpr std::size_t max_watched = 4096;

void add_folder(const std::filesystem::path& folder, std::set<std::string>& out) {
    std::error_code error;
    const auto real = std::filesystem::canonical(folder, error);
    if (!error && out.size() < max_watched && std::filesystem::is_directory(real, error))
        out.insert(real.string());
}

void add_tree(const std::filesystem::path& top, std::set<std::string>& out) {
    add_folder(top, out);
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator entry(top, error), end;
         !error && entry != end && out.size() < max_watched; entry.increment(error)) {
        std::error_code none;
        if (entry->is_directory(none)) add_folder(entry->path(), out);
    }
}

}  // namespace

std::set<std::string> watched_folders(const WorkspaceSettings& settings) {
    std::set<std::string> out;
    add_folder(settings.path, out);
    for (const std::string& file : {settings.key, settings.known_hosts})
        add_folder(std::filesystem::path(within(settings.path, file)).parent_path(), out);
    for (const std::string& folder : git_folders(settings.path)) add_folder(folder, out);
    try {
        const std::filesystem::path inventory = inventory_file(settings.path);
        std::error_code error;
        add_folder(inventory.parent_path(), out);
        add_folder(std::filesystem::canonical(inventory, error).parent_path(), out);
        add_tree(inventory.parent_path() / "group_vars", out);
        add_tree(inventory.parent_path() / "host_vars", out);
    } catch (const Error&) {
        return out;  // workspace.poly is broken; its own folder is watched
    }
    return out;
}

std::shared_ptr<const Workspace> load_workspace(const WorkspaceSettings& settings, Faults& faults) {
    const auto workspace = std::make_shared<Workspace>();
    const std::size_t before = faults.size();
    workspace->settings = settings;
    try {
        const std::string file = inventory_file(settings.path);
        workspace->commit = git_head(settings.path);
        const VariableFiles variables = variable_files(std::filesystem::path(file).parent_path().string(),
                                                       settings.path, faults, workspace->notes);
        workspace->inventory = parse_inventory(read_file(file), file, faults, variables);
        workspace->key = Secret(read_file(own_file(settings.path, settings.key), 64 * 1024));
        const std::string known = own_file(settings.path, settings.known_hosts);
        if (is_there(known)) workspace->known_hosts = KnownHosts(read_file(known));
    } catch (const Error& error) {
        faults.push_back({settings.path, 0, error.what()});
    }
    if (faults.size() == before) check_aliases(*workspace, faults);
    if (faults.size() > before) return nullptr;
    return workspace;
}

}  // namespace sallyport
