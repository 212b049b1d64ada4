// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "config/inventory.h"
#include "config/variables.h"

namespace sallyport {

/// A host out of its variables as they are after all precedence; `unusable` says what keeps SSH from it, with
/// file and line.
[[nodiscard]] Host make_host(const std::string& name, const std::set<std::string>& groups,
                             const Variables& variables);

}  // namespace sallyport
