// SPDX-License-Identifier: Apache-2.0
#include "common/node_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <filesystem>
#include <new>
#include <optional>

#include "common/base64.h"
#include "common/error.h"
#include "common/private_file.h"

namespace sallyport {
namespace {

constexpr std::string_view key_type = "ssh-ed25519";
constexpr std::string_view magic = "SSHSIG";
constexpr std::string_view head = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view tail = "-----END SSH SIGNATURE-----";
constexpr std::size_t key_bytes = 32;
constexpr std::size_t signature_bytes = 64;

std::string as_string(std::string_view bytes) {  // RFC 4251 §5
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bytes.size() >> shift & 0xff);
    return out.append(bytes);
}

std::string sha512(std::string_view message) {
    std::string out(64, '\0');
    unsigned int size = 0;
    if (EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                   EVP_sha512(), nullptr) != 1)
        throw std::bad_alloc();
    return out;
}

/// What is signed in place of the message (PROTOCOL.sshsig, "Signed Data").
std::string signed_data(std::string_view message, std::string_view name_space) {
    return std::string(magic) + as_string(name_space) + as_string("") + as_string("sha512") +
           as_string(sha512(message));
}

std::string raw_public(EVP_PKEY* key) {
    std::string out(key_bytes, '\0');
    std::size_t size = out.size();
    if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(out.data()), &size) != 1)
        throw Error(Code::internal, "the node key has no public half");
    return out;
}

std::string blob_of(std::string_view raw) {
    return as_string(key_type) + as_string(raw);
}

std::string armoured(const std::string& body) {
    const std::string text = to_base64(body);
    std::string out(head);
    for (std::size_t at = 0; at < text.size(); at += 70) out += text.substr(at, 70) + "\n";
    return out.append(tail) + "\n";
}

std::optional<std::string> unarmoured(std::string_view text) {
    if (!text.starts_with(head)) return std::nullopt;
    text.remove_prefix(head.size());
    const std::size_t end = text.find(tail);
    if (end == std::string_view::npos) return std::nullopt;
    std::string body;
    for (const char c : text.substr(0, end))
        if (c != '\n') body += c;
    return from_base64(body);
}

/// The SSHSIG text of a raw signature (OpenSSH's PROTOCOL.sshsig).
std::string sshsig(const std::string& key_blob, std::string_view name_space, const std::string& raw) {
    std::string body(magic);
    body += std::string("\0\0\0\1", 4);  // version
    body += as_string(key_blob) + as_string(name_space) + as_string("") + as_string("sha512");
    return armoured(body + as_string(as_string(key_type) + as_string(raw)));
}

/// The blob of `ssh-ed25519 BASE64`, absent if it is not just that.
std::optional<std::string> blob_of_line(const std::string& public_line) {
    const std::string prefix = std::string(key_type) + " ";
    if (!public_line.starts_with(prefix)) return std::nullopt;
    auto blob = from_base64(std::string_view(public_line).substr(prefix.size()));
    const std::string frame = blob_of(std::string(key_bytes, '\0'));
    if (!blob || blob->size() != frame.size() ||
        blob->compare(0, frame.size() - key_bytes, frame, 0, frame.size() - key_bytes) != 0)
        return std::nullopt;
    return blob;
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

}  // namespace

void NodeKey::Free::operator()(evp_pkey_st* key) const noexcept {
    EVP_PKEY_free(key);
}

NodeKey NodeKey::generate() {
    Handle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!key) throw Error(Code::internal, "cannot generate a node key");
    return NodeKey(std::move(key));
}

NodeKey NodeKey::load(const std::string& file) {
    const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_file(file.c_str(), "r"), &BIO_free);
    if (!in) throw Error(Code::config, file + ": cannot be read");
    struct stat facts {};
    if (::stat(file.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0)
        throw Error(
            Code::config,
            file + ": others may read it, so it may be known; chmod 600 it, and think of who had access");
    Handle key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
    if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519)
        throw Error(Code::config, file + ": is not an Ed25519 key in PEM form");
    return NodeKey(std::move(key));
}

void NodeKey::save(const std::string& file) const {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_secmem()), &BIO_free);
    if (!out ||
        PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw Error(Code::internal, "cannot write the node key");
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    if (std::filesystem::exists(file))
        throw Error(Code::io, file + " is there already, and no key is written over");
    write_private(file, {text, static_cast<std::size_t>(size)});
}

std::string NodeKey::public_line() const {
    return std::string(key_type) + " " + to_base64(blob_of(raw_public(key_.get())));
}

std::string NodeKey::sign(std::string_view message, std::string_view name_space) const {
    const std::string data = signed_data(message, name_space);
    const Context context(EVP_MD_CTX_new());
    std::string signature(signature_bytes, '\0');
    std::size_t size = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(data.data()), data.size()) != 1)
        throw Error(Code::internal, "cannot sign with the node key");
    return sshsig(blob_of(raw_public(key_.get())), name_space, signature);
}

bool verify_signature(const std::string& public_line, std::string_view message, std::string_view name_space,
                      std::string_view signature) {
    const auto blob = blob_of_line(public_line);
    const auto body = unarmoured(signature);
    if (!blob || !body || body->size() < signature_bytes) return false;
    const std::string raw = body->substr(body->size() - signature_bytes);
    // Of all that it holds only the last bytes may vary, so nothing in its text can be changed unseen.
    if (signature != sshsig(*blob, name_space, raw)) return false;
    using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
    const auto* bytes = reinterpret_cast<const unsigned char*>(blob->data() + blob->size() - key_bytes);
    const Key handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes, key_bytes),
                     &EVP_PKEY_free);
    const std::string data = signed_data(message, name_space);
    const Context context(EVP_MD_CTX_new());
    return handle && context &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) == 1 &&
           EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(raw.data()), raw.size(),
                            reinterpret_cast<const unsigned char*>(data.data()), data.size()) == 1;
}

}  // namespace sallyport
