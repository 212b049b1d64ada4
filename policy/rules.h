// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/daemon_config.h"
#include "config/policy_file.h"
#include "config/workspace.h"
#include "policy/lent_key.h"

namespace sallyport {

/// The rules in force: config, policy and workspaces as one immutable snapshot.
struct Rules {
    DaemonConfig config;
    PolicyFile policy;
    std::vector<std::shared_ptr<const Workspace>> workspaces;
};

/// A load: the new rules, or null if config or policy cannot be used. A workspace that cannot be read keeps
/// its last good state from `previous` (or is absent), and its faults are told all the same.
struct Loaded {
    std::shared_ptr<const Rules> rules;
    Faults faults;
    std::set<std::string> kept;  // workspaces in their last good state
};

/// What flags of the command line put over the config; an empty member changes nothing.
struct Overrides {
    std::string state;
    std::string keys;
    std::string anchors;
    std::string http;
    std::vector<std::string> listen;
};

/// Puts the overrides over a config.
void apply(const Overrides& overrides, DaemonConfig& config);

[[nodiscard]] Loaded load_rules(const std::string& config_file, const std::string& policy_file,
                                const Overrides& overrides, const std::shared_ptr<const Rules>& previous);

/// `rules` with the workspaces of `names` read anew, by the settings that they have; null where none of them
/// could be read. What cannot be read stays as it was, is in `kept`, and its faults are told.
[[nodiscard]] Loaded reread(const std::shared_ptr<const Rules>& rules, const std::set<std::string>& names);

/// Whose a key is: an operator's own, or one that they lent.
struct KnownKey {
    const Operator* who = nullptr;  // null: nobody's
    std::shared_ptr<const LentKey> lent = nullptr;
};
using FindKey = std::function<KnownKey(const std::string& key_blob)>;

/// The operator that a key belongs to, or null.
[[nodiscard]] const Operator* find_operator(const Rules& rules, const std::string& key_blob);
/// The same of a lent key, if the operator and the key that lent it are still there.
[[nodiscard]] const Operator* find_operator(const Rules& rules, const LentKey& lent);

}  // namespace sallyport
