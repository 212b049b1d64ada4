// SPDX-License-Identifier: Apache-2.0
#include "config/variables.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "common/error.h"
#include "config/json_tree.h"

namespace sallyport {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view extensions[] = {"", ".yml", ".yaml", ".json"};  // the first that is there counts
constexpr int max_depth = 16;                                              // of folders
constexpr std::size_t max_files = 400'000;

bool is_one_of_ours(const std::string& extension) {
    return std::find(std::begin(extensions), std::end(extensions), extension) != std::end(extensions);
}

/// What is in a folder. libstdc++'s directory_iterator ends the process if there is no memory.
std::vector<fs::directory_entry> listing(const fs::path& folder, std::error_code& error) {
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), &::closedir);
    std::vector<fs::directory_entry> out;
    error.assign(open ? 0 : errno, std::generic_category());
    while (open && !error) {
        errno = 0;
        const dirent* entry = ::readdir(open.get());
        error.assign(errno, std::generic_category());
        if (entry == nullptr) break;
        const std::string_view name = entry->d_name;
        std::error_code gone;
        if (name != "." && name != "..") out.emplace_back(folder / name, gone);
    }
    return out;
}

/// One of the two folders. Names of hosts and groups are looked up in its listing and never made into paths.
class VariableFolder {
 public:
    VariableFolder(std::string path, std::string root, Faults& faults, Faults& notes)
        : path_(std::move(path)), root_(std::move(root)), faults_(faults), notes_(notes) {
        std::error_code error;
        if (!is_inside(path_)) return;
        for (const fs::directory_entry& entry : listing(path_, error))
            if (may_follow(entry)) entries_.emplace(entry.path().filename().string(), entry);
        const bool is_absent = error == std::errc::no_such_file_or_directory ||
                               error == std::errc::not_a_directory;  // Ansible passes over the latter, too
        if (error && !is_absent) fault(path_, error.message());
    }

    Variables of(const std::string& name) {
        Variables out;
        for (const std::string_view extension : extensions) {
            const auto entry = entries_.find(name + std::string(extension));
            if (entry == entries_.end()) continue;
            std::vector<std::string> files;
            std::error_code error;
            if (entry->second.is_directory(error))
                list(entry->second.path(), 0, files);
            else
                files.push_back(entry->second.path().string());
            for (const std::string& file : files) read(file, out);
            break;
        }
        return out;
    }

 private:
    void fault(const std::string& file, const std::string& text) { faults_.push_back({file, 0, text}); }

    bool is_inside(const std::string& path) {
        std::error_code error;
        const fs::path real = fs::canonical(path, error);
        if (error) return false;
        const fs::path inside = real.lexically_relative(fs::canonical(root_, error));
        if (!inside.empty() && *inside.begin() != "..") return true;
        fault(path, "a link leads outside of the workspace, to " + real.string());
        return false;
    }

    bool may_follow(const fs::directory_entry& entry) {
        std::error_code error;
        return !entry.is_symlink(error) || is_inside(entry.path().string());
    }

    /// Hidden files, backups and other extensions are passed over, and folders that look like files.
    void list(const fs::path& folder, int depth, std::vector<std::string>& out) {
        if (depth > max_depth) return fault(folder.string(), "nested too deeply");
        std::error_code error;
        std::vector<fs::directory_entry> found = listing(folder, error);
        if (error) return fault(folder.string(), error.message());
        std::sort(found.begin(), found.end(),
                  [](const auto& a, const auto& b) { return a.path().filename() < b.path().filename(); });
        for (const fs::directory_entry& entry : found) {
            const std::string name = entry.path().filename().string();
            const std::string extension = entry.path().extension().string();
            if (name[0] == '.' || name.back() == '~' || !may_follow(entry)) continue;
            if (entry.is_directory(error) && extension.empty())
                list(entry.path(), depth + 1, out);
            else if (entry.is_regular_file(error) && is_one_of_ours(extension))
                out.push_back(entry.path().string());
        }
    }

    void read(const std::string& file, Variables& out) {
        if (++files_ > max_files) return fault(file, "too many files");
        try {
            const std::string text = read_file(file);
            if (text.starts_with("$ANSIBLE_VAULT"))
                return notes_.push_back({file, 0, "encrypted, so what it says of connections is not known"});
            const std::size_t before = faults_.size();
            const Yaml root = parse_json_or_yaml(text, file, faults_);
            if (faults_.size() > before) return;
            const Scalar scalar = yaml_scalar(root);
            if (root.kind == Yaml::Kind::map)
                take_variables(root, std::make_shared<const std::string>(file), out);
            else if (scalar.kind != Scalar::Kind::none &&
                     !(root.kind == Yaml::Kind::list && root.items.empty()))
                faults_.push_back({file, root.line, "variables must be a map"});
        } catch (const Error& error) {
            fault(file, error.what());
        }
    }

    std::string path_;
    std::string root_;
    Faults& faults_;
    Faults& notes_;
    std::map<std::string, fs::directory_entry> entries_;
    std::size_t files_ = 0;
};

}  // namespace

bool is_connection_variable(std::string_view name) {
    if (!name.starts_with("ansible_")) return false;
    name.remove_prefix(8);
    if (name == "connection") return true;
    if (name.starts_with("ssh_")) name.remove_prefix(4);
    return name == "host" || name == "port" || name == "user";
}

void take_variables(const Yaml& map, const std::shared_ptr<const std::string>& file, Variables& out) {
    for (const auto& [key, value] : map.members)
        if (is_connection_variable(key.text)) out[key.text] = {yaml_scalar(value), file, value.line};
}

VariableFiles variable_files(const std::string& folder, const std::string& root, Faults& faults,
                             Faults& notes) {
    const auto look = [&](const char* name) {
        const auto found =
            std::make_shared<VariableFolder>((fs::path(folder) / name).string(), root, faults, notes);
        return [found](const std::string& who) { return found->of(who); };
    };
    return {look("group_vars"), look("host_vars")};
}

}  // namespace sallyport
