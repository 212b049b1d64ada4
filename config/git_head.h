// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace sallyport {

/// The commit that is checked out at `folder` or above it, 40 or 64 hex digits; empty if it is in no
/// repository. Read from HEAD, refs and packed-refs as files: running git in somebody's repository would run
/// its config.
[[nodiscard]] std::string git_head(const std::string& folder);

/// The folders in which a file changes when the commit at `folder` does; none if it is in no repository.
[[nodiscard]] std::vector<std::string> git_folders(const std::string& folder);

}  // namespace sallyport
