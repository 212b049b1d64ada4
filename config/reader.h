// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/yaml.h"

namespace sallyport {

/// A size such as 4096, 64KiB, 1MiB or 2GiB in bytes; absent if it is none.
[[nodiscard]] std::optional<std::size_t> parse_size(const std::string& text);

/// Reads one map of settings, a row per setting; at `finish` every key that no row asked for is a fault.
class Reader {
 public:
    /// `where` names the map in messages, e.g. `limits`. All three outlive this.
    Reader(const Yaml& map, std::string where, const std::string& file, Faults& faults);

    void text(const std::string& key, std::string& out);
    void flag(const std::string& key, bool& out);
    void number(const std::string& key, std::size_t& out, std::size_t least = 0);
    void bytes(const std::string& key, std::size_t& out);  // 4096, 64KiB, 1MiB, 2GiB
    /// 30, 30s, 10m, 12h, 90d.
    void seconds(const std::string& key, std::chrono::seconds& out, std::chrono::seconds least = {});
    /// As `list`, where an absent one means any: an empty one would quietly mean the same.
    void narrowing(const std::string& key, std::vector<std::string>& out);
    void list(const std::string& key, std::vector<std::string>& out);
    /// Hands over the value for a reader of its own; not called if the key is absent.
    void with(const std::string& key, const std::function<void(const Yaml&)>& read);

    void finish();
    void fault(int line, const std::string& text);

 private:
    [[nodiscard]] const Yaml* take(const std::string& key);
    [[nodiscard]] const Yaml* take_scalar(const std::string& key);

    const Yaml& map_;
    std::string where_;
    const std::string& file_;
    Faults& faults_;
    std::set<std::string> known_;
};

}  // namespace sallyport
