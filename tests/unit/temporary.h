// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace sallyport {

/// A folder that goes with its scope.
class Temporary {
 public:
    Temporary() {
        std::string name = (std::filesystem::temp_directory_path() / "sallyport-test-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~Temporary() { std::filesystem::remove_all(path_); }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string text() const { return path_.string(); }

 private:
    std::filesystem::path path_;
};

}  // namespace sallyport
