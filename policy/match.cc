// SPDX-License-Identifier: Apache-2.0
#include "policy/match.h"

#include <algorithm>

#include "config/cidr.h"

namespace sallyport {

bool matches_glob(const std::string& pattern, const std::string& name) {
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string::npos;
    std::size_t mark = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (star != std::string::npos) {
            p = star + 1;
            n = ++mark;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string::npos;
}

bool matches_operator(const std::vector<std::string>& list, const std::string& name,
                      const std::vector<std::string>& groups) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& entry) {
        if (!entry.starts_with("@")) return entry == "*" || entry == name;
        return std::find(groups.begin(), groups.end(), entry.substr(1)) != groups.end();
    });
}

bool matches_target(const std::vector<std::string>& list, const std::string& workspace,
                    const std::string& host, const std::set<std::string>& groups) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& entry) {
        if (entry == "*") return true;
        const std::size_t plus = entry.find('+');
        if (plus == std::string::npos || !matches_glob(entry.substr(0, plus), workspace)) return false;
        const std::string rest = entry.substr(plus + 1);
        if (!rest.starts_with("@")) return matches_glob(rest, host);
        return rest == "@all" || groups.count(rest.substr(1)) != 0;
    });
}

bool matches_login(const std::vector<std::string>& list, const std::string& login) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& entry) { return matches_glob(entry, login); });
}

bool matches_source(const std::vector<std::string>& list, const std::string& address) {
    const auto host = parse_cidr(address);
    return list.empty() || std::any_of(list.begin(), list.end(), [&](const std::string& entry) {
               const auto net = parse_cidr(entry);
               return net && host && net->holds(*host);
           });
}

}  // namespace sallyport
