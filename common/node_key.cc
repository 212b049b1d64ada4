// SPDX-License-Identifier: Apache-2.0
#include "common/node_key.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "common/base64.h"
#include "common/error.h"

namespace sallyport {
namespace {

constexpr std::string_view key_type = "ssh-ed25519";
constexpr std::string_view magic = "SSHSIG";
constexpr std::string_view head = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view tail = "-----END SSH SIGNATURE-----";
constexpr std::size_t key_bytes = 32;

std::string as_string(std::string_view bytes) {  // RFC 4251 §5
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bytes.size() >> shift & 0xff);
    return out.append(bytes);
}

std::optional<std::string_view> next_string(std::string_view& in) {
    if (in.size() < 4) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(in[i]);
    if (size > in.size() - 4) return std::nullopt;
    const auto out = in.substr(4, size);
    in.remove_prefix(4 + size);
    return out;
}

std::string sha512(std::string_view message) {
    std::string out(64, '\0');
    unsigned int size = 0;
    EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
               EVP_sha512(), nullptr);
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
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) throw Error(Code::io, "write " + file + ": " + os_error(errno));
    const bool is_written = ::write(fd, text, static_cast<std::size_t>(size)) == size && ::fsync(fd) == 0;
    const int number = errno;
    ::close(fd);
    if (!is_written) throw Error(Code::io, "write " + file + ": " + os_error(number));
}

std::string NodeKey::public_line() const {
    return std::string(key_type) + " " + to_base64(blob_of(raw_public(key_.get())));
}

std::string NodeKey::sign(std::string_view message, std::string_view name_space) const {
    const std::string data = signed_data(message, name_space);
    const Context context(EVP_MD_CTX_new());
    std::string signature(64, '\0');
    std::size_t size = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(data.data()), data.size()) != 1)
        throw Error(Code::internal, "cannot sign with the node key");
    const std::string blob = as_string(key_type) + as_string(signature);
    std::string body(magic);
    body += std::string("\0\0\0\1", 4);  // version
    body += as_string(blob_of(raw_public(key_.get()))) + as_string(name_space) + as_string("") +
            as_string("sha512");
    return armoured(body + as_string(blob));
}

bool verify_signature(const std::string& public_line, std::string_view message, std::string_view name_space,
                      std::string_view signature) {
    const std::size_t space = public_line.find(' ');
    const auto blob =
        from_base64(space == std::string::npos ? "" : std::string_view(public_line).substr(space + 1));
    const auto body = unarmoured(signature);
    if (!blob || !body || !body->starts_with(std::string(magic) + std::string("\0\0\0\1", 4))) return false;
    std::string_view rest = std::string_view(*body).substr(magic.size() + 4);
    const auto key = next_string(rest);
    const auto space_name = next_string(rest);
    const auto reserved = next_string(rest);
    const auto hash = next_string(rest);
    auto inner = next_string(rest);
    if (!inner || key != *blob || space_name != name_space || hash != "sha512" || !reserved) return false;
    const auto type = next_string(*inner);
    const auto raw_signature = next_string(*inner);
    std::string_view key_rest = *blob;
    const auto own_type = next_string(key_rest);
    const auto raw_key = next_string(key_rest);
    if (type != key_type || own_type != key_type || !raw_key || raw_key->size() != key_bytes ||
        !raw_signature)
        return false;
    using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
    const auto* bytes = reinterpret_cast<const unsigned char*>(raw_key->data());
    const Key handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes, raw_key->size()),
                     &EVP_PKEY_free);
    const std::string data = signed_data(message, name_space);
    const Context context(EVP_MD_CTX_new());
    return handle && context &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) == 1 &&
           EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(raw_signature->data()),
                            raw_signature->size(), reinterpret_cast<const unsigned char*>(data.data()),
                            data.size()) == 1;
}

}  // namespace sallyport
