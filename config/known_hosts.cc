// SPDX-License-Identifier: Apache-2.0
#include "config/known_hosts.h"

#include <fnmatch.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>

#include "common/base64.h"
#include "common/error.h"
#include "common/escape.h"

namespace sallyport {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

struct HashedName {
    std::string salt;
    std::string hash;
};

/// `|1|SALT|HASH`; absent if it is none.
std::optional<HashedName> parse_hashed(const std::string& pattern) {
    const std::size_t split = pattern.starts_with("|1|") ? pattern.find('|', 3) : std::string::npos;
    if (split == std::string::npos) return std::nullopt;
    const auto salt = from_base64(std::string_view(pattern).substr(3, split - 3));
    const auto hash = from_base64(std::string_view(pattern).substr(split + 1));
    if (!salt || !hash) return std::nullopt;
    return HashedName{*salt, *hash};
}

/// The hash is an HMAC-SHA1 of the name with the salt as key.
bool matches_hashed(const std::string& pattern, const std::string& name) {
    const auto known = parse_hashed(pattern);
    if (!known) return false;
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha1(), known->salt.data(), static_cast<int>(known->salt.size()),
         reinterpret_cast<const unsigned char*>(name.data()), name.size(), made, &size);
    return size == known->hash.size() && CRYPTO_memcmp(made, known->hash.data(), size) == 0;
}

// Only * and ? are special here; a bracket is part of `[host]:port`.
bool matches_pattern(const std::string& pattern, const std::string& name) {
    std::string quoted;
    for (char c : pattern) {
        if (c == '[' || c == ']' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return fnmatch(quoted.c_str(), name.c_str(), 0) == 0;
}

bool matches(const std::string& names, const std::string& name) {
    if (names.starts_with("|")) return matches_hashed(names, name);
    bool found = false;
    std::istringstream list(names);
    list.exceptions(std::ios::badbit);
    for (std::string pattern; std::getline(list, pattern, ',');) {
        const bool is_negated = pattern.starts_with("!");
        if (!matches_pattern(lower(is_negated ? pattern.substr(1) : pattern), name)) continue;
        if (is_negated) return false;
        found = true;
    }
    return found;
}

}  // namespace

KnownHosts::KnownHosts(const std::string& text) {
    std::istringstream in(text);
    in.exceptions(
        std::ios::badbit);  // else a lack of memory would look like the end, and revocations be lost
    for (std::string raw; std::getline(in, raw);) {
        std::istringstream words(raw);
        words.exceptions(std::ios::badbit);
        Line line;
        words >> line.names;
        if (line.names.empty() || line.names.front() == '#') continue;
        if (line.names.front() == '@') {
            if (line.names != "@revoked") continue;
            line.is_revoked = true;
            words >> line.names;
        }
        words >> line.key.type >> line.key.base64;
        const bool is_readable = from_base64(line.key.base64).has_value() &&
                                 (!line.names.starts_with("|") || parse_hashed(line.names).has_value());
        // A line that cannot be read makes a host unknown, which is refused; a revocation would be lost.
        if (!is_readable && line.is_revoked)
            throw Error(Code::config, "known_hosts: a @revoked line cannot be read: " + escaped(raw));
        if (is_readable) lines_.push_back(std::move(line));
    }
}

KnownHosts::Found KnownHosts::lookup(const std::string& host, std::uint16_t port) const {
    const std::string plain = lower(host);
    const std::string name = port == 22 ? plain : "[" + plain + "]:" + std::to_string(port);
    Found found;
    for (const Line& line : lines_)
        if (matches(line.names, name)) (line.is_revoked ? found.revoked : found.keys).push_back(line.key);
    return found;
}

}  // namespace sallyport
