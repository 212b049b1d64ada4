// SPDX-License-Identifier: Apache-2.0
#include "config/public_key.h"

#include <cstdint>
#include <sstream>

#include "common/base64.h"
#include "common/digest.h"

namespace sallyport {
namespace {

struct KnownType {
    const char* name;
    std::size_t parts;  // strings and numbers in its body, behind the type
};
constexpr KnownType known_types[] = {{"ssh-ed25519", 1},
                                     {"ssh-rsa", 2},
                                     {"ecdsa-sha2-nistp256", 2},
                                     {"ecdsa-sha2-nistp384", 2},
                                     {"ecdsa-sha2-nistp521", 2},
                                     {"sk-ssh-ed25519@openssh.com", 2},
                                     {"sk-ecdsa-sha2-nistp256@openssh.com", 3}};
constexpr std::size_t min_rsa_bits = 2048;
constexpr std::size_t max_line = 16 * 1024;

/// The next length-prefixed string of a blob (RFC 4251 §5); absent if it runs over.
std::optional<std::string_view> next_string(std::string_view& blob) {
    if (blob.size() < 4) return std::nullopt;
    std::uint32_t size = 0;
    for (int i = 0; i < 4; ++i)
        size = size << 8 | static_cast<unsigned char>(blob[static_cast<std::size_t>(i)]);
    blob.remove_prefix(4);
    if (size > blob.size()) return std::nullopt;
    const auto out = blob.substr(0, size);
    blob.remove_prefix(size);
    return out;
}

std::size_t bits(std::string_view number) {
    while (!number.empty() && number.front() == 0) number.remove_prefix(1);
    if (number.empty()) return 0;
    std::size_t count = (number.size() - 1) * 8;
    for (auto top = static_cast<unsigned char>(number.front()); top != 0; top >>= 1) ++count;
    return count;
}

const KnownType* find_type(const std::string& name) {
    for (const KnownType& known : known_types)
        if (name == known.name) return &known;
    return nullptr;
}

std::string check_blob(const PublicKey& key) {
    std::string_view rest = key.blob;
    const auto type = next_string(rest);
    if (!type || *type != key.type) return "its body is of another type than its name says";
    std::string_view last;  // of an RSA key: the modulus
    for (std::size_t left = find_type(key.type)->parts; left > 0; --left) {
        const auto part = next_string(rest);
        if (!part || part->empty()) return "its body is cut off";
        last = *part;
    }
    if (!rest.empty()) return "its body is longer than such a key is";
    const bool is_short = key.type == "ssh-rsa" && bits(last) < min_rsa_bits;
    return is_short ? "an RSA key must have at least 2048 bits" : "";
}

std::string fingerprint_of(const std::string& blob) {
    Sha256 digest;
    digest.update(blob);
    std::string out = to_base64(digest.bytes());
    while (!out.empty() && out.back() == '=') out.pop_back();
    return "SHA256:" + out;
}

std::string check_type(const std::string& type) {
    if (find_type(type) != nullptr) return "";
    if (type.find("-cert-v01@") != std::string::npos)
        return "certificates are not accepted yet; give the plain key";
    return "unknown key type " + type;
}

}  // namespace

std::optional<PublicKey> parse_public_key(std::string_view line, std::string& why) {
    if (line.size() > max_line) {
        why = "too long";
        return std::nullopt;
    }
    PublicKey key;
    std::istringstream words{std::string(line)};
    words.exceptions(std::ios::badbit);
    words >> key.type >> key.base64;
    std::getline(words >> std::ws, key.comment);
    why = check_type(key.type);
    if (!why.empty()) return std::nullopt;
    auto blob = from_base64(key.base64);
    if (!blob) {
        why = "its body is not base64";
        return std::nullopt;
    }
    key.blob = std::move(*blob);
    why = check_blob(key);
    if (!why.empty()) return std::nullopt;
    key.fingerprint = fingerprint_of(key.blob);
    return key;
}

}  // namespace sallyport
