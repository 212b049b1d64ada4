// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/event.h"
#include "config/fault.h"
#include "config/yaml.h"

namespace sallyport {

/// What one action of a block does, ready to be run: a playbook or a script.
struct PolyAction {
    std::string name;
    std::string playbook;             // relative to the block's folder; empty of a script
    std::vector<std::string> script;  // lines for bash
    std::string prompt;               // what is asked before; empty: nothing
    Json body;                        // all of it, for the snapshot
};

/// A block of a workspace with what its parents give it.
struct PolyBlock {
    std::string name;
    std::string version;  // of the block.poly that it came from, or its own
    std::string folder;   // where its actions run
    std::string inventory_from;
    std::vector<PolyAction> actions;
    Json body;
};

struct PolyStep {
    std::string name;
    std::string block;
    std::string action;
    std::string prompt;
    Json body;
};

struct PolyWorkflow {
    std::string name;
    std::string prompt;
    bool allow_failure = false;
    std::vector<PolyStep> steps;
    Json body;
};

/// A Polycrate workspace: workspace.poly, secrets.poly merged over it, blocks/NAME/block.poly. Nothing in it
/// is evaluated.
class PolyWorkspace {
 public:
    /// Reads the workspace in `folder`. Throws Error{Code::config} that names file, line and cause.
    explicit PolyWorkspace(std::string folder);

    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    [[nodiscard]] std::string name() const { return text_of("name"); }
    [[nodiscard]] std::string organization() const { return text_of("organization"); }
    /// All of workspace.poly, with the secrets.
    [[nodiscard]] const Json& body() const noexcept { return body_; }
    /// Every text that stands in secrets.poly: what must not reach a log.
    [[nodiscard]] const std::vector<std::string>& secrets() const noexcept { return secrets_; }
    [[nodiscard]] std::vector<std::string> block_names() const;
    [[nodiscard]] std::vector<std::string> workflow_names() const;

    /// Each throws Error{Code::config} with what there is, or where a parent is missing and how to get it.
    [[nodiscard]] PolyBlock block(const std::string& name) const;
    [[nodiscard]] PolyAction action(const PolyBlock& block, const std::string& name) const;
    [[nodiscard]] PolyWorkflow workflow(const std::string& name) const;
    /// The inventory that a block's actions use: of the block it names, its own, else the workspace's.
    [[nodiscard]] std::string inventory_for(const PolyBlock& block) const;

 private:
    [[nodiscard]] std::string text_of(const char* name) const;
    [[nodiscard]] Json with_parents(Json block, std::string& folder, int depth) const;
    [[nodiscard]] std::string parent_folder(const std::string& from, const std::string& child) const;

    std::string folder_;
    Json body_;
    std::vector<std::string> secrets_;
};

/// A value of YAML as JSON, by the core schema of YAML 1.2, as Go reads it: `yes` is text.
[[nodiscard]] Json to_json(const Yaml& value);

/// `over` on top of `base`: maps merge deeply, all else is replaced; lists of maps with `name` merge by it.
[[nodiscard]] Json merged(Json base, const Json& over);

}  // namespace sallyport
