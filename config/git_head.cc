// SPDX-License-Identifier: Apache-2.0
#include "config/git_head.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>

#include "common/error.h"
#include "config/fault.h"

namespace sallyport {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t max_small = 4096;
constexpr std::size_t max_packed = 64 * 1024 * 1024;

std::optional<std::string> text_of(const fs::path& file, std::size_t bound) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return std::nullopt;
    try {
        return read_file(file.string(), bound);
    } catch (const Error&) {
        return std::nullopt;  // a repository that cannot be read has no commit to tell
    }
}

std::optional<std::string> line_of(const fs::path& file) {
    const auto text = text_of(file, max_small);
    if (!text) return std::nullopt;
    return text->substr(0, text->find_first_of("\r\n"));
}

bool is_commit(const std::string& text) {
    return (text.size() == 40 || text.size() == 64) &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// `.git` is a folder, or in a worktree a file that names one.
std::optional<fs::path> git_folder(const fs::path& folder) {
    std::error_code error;
    // Where a link leads, not where it lies: above that may be another repository, or none.
    for (fs::path at = fs::canonical(folder, error); !at.empty(); at = at.parent_path()) {
        const fs::path git = at / ".git";
        if (fs::is_directory(git, error)) return git;
        const auto line = line_of(git);
        if (line && line->starts_with("gitdir: ")) return (at / line->substr(8)).lexically_normal();
        if (at == at.root_path()) break;
    }
    return std::nullopt;
}

std::string packed(const fs::path& file, const std::string& ref) {
    std::istringstream lines(text_of(file, max_packed).value_or(""));
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.find(' ');
        if (space != std::string::npos && line.substr(space + 1) == ref && is_commit(line.substr(0, space)))
            return line.substr(0, space);
    }
    return {};
}

bool is_branch(const std::string& ref) {
    return ref.find("..") == std::string::npos && ref.starts_with("refs/");
}

/// A worktree keeps its branches in the main repository.
fs::path common_folder(const fs::path& git) {
    const auto line = line_of(git / "commondir");
    return line ? (git / *line).lexically_normal() : git;
}

std::string resolve(const fs::path& git, const std::string& ref) {
    if (!is_branch(ref)) return {};
    const fs::path common = common_folder(git);
    for (const fs::path& folder : {git, common})
        if (const auto line = line_of(folder / ref); line && is_commit(*line)) return *line;
    return packed(common / "packed-refs", ref);
}

}  // namespace

std::string git_head(const std::string& folder) {
    const auto git = git_folder(folder);
    const auto head = git ? line_of(*git / "HEAD") : std::nullopt;
    if (!head) return {};
    if (head->starts_with("ref: ")) return resolve(*git, head->substr(5));
    return is_commit(*head) ? *head : std::string();
}

std::vector<std::string> git_folders(const std::string& folder) {
    const auto git = git_folder(folder);
    if (!git) return {};
    const fs::path common = common_folder(*git);
    std::vector<std::string> out{git->string(), common.string()};
    const auto head = line_of(*git / "HEAD");
    if (head && head->starts_with("ref: ") && is_branch(head->substr(5)))
        out.push_back((common / head->substr(5)).parent_path().string());
    return out;
}

}  // namespace sallyport
