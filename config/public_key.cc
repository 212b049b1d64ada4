// SPDX-License-Identifier: Apache-2.0
#include "config/public_key.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <sstream>

namespace sallyport {
namespace {

constexpr std::array known_types = {"ssh-ed25519",
                                    "ssh-rsa",
                                    "ecdsa-sha2-nistp256",
                                    "ecdsa-sha2-nistp384",
                                    "ecdsa-sha2-nistp521",
                                    "sk-ssh-ed25519@openssh.com",
                                    "sk-ecdsa-sha2-nistp256@openssh.com"};
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

std::string check_blob(const PublicKey& key) {
    std::string_view rest = key.blob;
    const auto type = next_string(rest);
    if (!type || *type != key.type) return "its body is of another type than its name says";
    if (key.type != "ssh-rsa") return next_string(rest) ? "" : "its body is cut off";
    const auto exponent = next_string(rest);
    const auto modulus = exponent ? next_string(rest) : std::nullopt;
    if (!modulus) return "its body is cut off";
    return bits(*modulus) < min_rsa_bits ? "an RSA key must have at least 2048 bits" : "";
}

std::string fingerprint_of(const std::string& blob) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char*>(blob.data()), blob.size(), hash.data());
    std::array<unsigned char, 64> text{};
    const int size = EVP_EncodeBlock(text.data(), hash.data(), static_cast<int>(hash.size()));
    std::string out(reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(size));
    while (!out.empty() && out.back() == '=') out.pop_back();
    return "SHA256:" + out;
}

std::string check_type(const std::string& type) {
    for (const char* known : known_types)
        if (type == known) return "";
    if (type.find("-cert-v01@") != std::string::npos)
        return "certificates are not accepted yet; give the plain key";
    return "unknown key type " + type;
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
    const auto body = text.substr(0, text.size() - padding);
    if (body.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") !=
        std::string_view::npos)
        return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    out.resize(static_cast<std::size_t>(size) - padding);
    return out;
}

std::optional<PublicKey> parse_public_key(std::string_view line, std::string& why) {
    if (line.size() > max_line) {
        why = "too long";
        return std::nullopt;
    }
    PublicKey key;
    std::istringstream words{std::string(line)};
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
