// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

namespace sallyport {

/// A name against a glob with `*` and `?`; everything else, brackets too, stands for itself. Case is exact.
[[nodiscard]] bool matches_glob(const std::string& pattern, const std::string& name);

/// An operator against a list of names, `@group`s and `*`.
[[nodiscard]] bool matches_operator(const std::vector<std::string>& list, const std::string& name,
                                    const std::vector<std::string>& groups);

/// A target against a list of `WORKSPACE+HOST` globs, `WORKSPACE+@GROUP`s and `*`.
[[nodiscard]] bool matches_target(const std::vector<std::string>& list, const std::string& workspace,
                                  const std::string& host, const std::set<std::string>& groups);

/// A login against a list of globs.
[[nodiscard]] bool matches_login(const std::vector<std::string>& list, const std::string& login);

/// A numeric address against a list of nets; an empty list holds every address.
[[nodiscard]] bool matches_source(const std::vector<std::string>& list, const std::string& address);

}  // namespace sallyport
