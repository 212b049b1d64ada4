// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "config/fault.h"
#include "config/scalar.h"
#include "config/yaml.h"

namespace sallyport {

/// A variable that says how a host is reached, with the place where it was set.
struct Variable {
    Scalar value;
    std::shared_ptr<const std::string> file;
    int line = 0;
};
using Variables = std::map<std::string, Variable, std::less<>>;

/// Whether it is one of the variables that are read at all: `ansible_host`, `_port`, `_user`, their
/// `ansible_ssh_` spellings, and `ansible_connection`.
[[nodiscard]] bool is_connection_variable(std::string_view name);

/// Puts what a map says of them into `out`; whatever else it holds is passed over.
void take_variables(const Yaml& map, const std::shared_ptr<const std::string>& file, Variables& out);

/// `group_vars/` and `host_vars/`: what they say of a group or a host; an empty function says nothing.
struct VariableFiles {
    std::function<Variables(const std::string& group)> of_group;
    std::function<Variables(const std::string& host)> of_host;
};

/// Looks beside an inventory in `folder`. Files are read when they are asked for; what is wrong in them, or
/// leads out of `root`, is a fault, what is encrypted as a whole is a note and not read. All outlive it.
[[nodiscard]] VariableFiles variable_files(const std::string& folder, const std::string& root, Faults& faults,
                                           Faults& notes);

}  // namespace sallyport
