// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/host_keys.h"

#include <sys/stat.h>

#include <map>

#include "common/error.h"
#include "common/private_file.h"
#include "daemon/ssh/algorithms.h"

namespace sallyport::ssh {
namespace {

struct Type {
    ssh_keytypes_e kind;
    int parameter;
};
const std::map<std::string, Type> types_by_name = {{"ed25519", {SSH_KEYTYPE_ED25519, 0}},
                                                   {"rsa", {SSH_KEYTYPE_RSA, 3072}},
                                                   {"ecdsa", {SSH_KEYTYPE_ECDSA_P256, 256}}};

void generate(const std::filesystem::path& file, const Type& type) {
    ssh_key raw = nullptr;
    if (ssh_pki_generate(type.kind, type.parameter, &raw) != SSH_OK)
        throw Error(Code::internal, "cannot generate a host key for " + file.string());
    const KeyPtr key(raw);
    char* text = nullptr;
    if (ssh_pki_export_privkey_base64(key.get(), nullptr, nullptr, nullptr, &text) != SSH_OK)
        throw Error(Code::internal, "cannot export the host key for " + file.string());
    const TextPtr owned(text);
    write_private(file.string(), text);
}

KeyPtr load(const std::filesystem::path& file) {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0)
        throw Error(Code::config, file.string() + " can be read by others: run chmod 600 " + file.string());
    ssh_key raw = nullptr;
    if (ssh_pki_import_privkey_file(file.c_str(), nullptr, nullptr, nullptr, &raw) != SSH_OK)
        throw Error(Code::config,
                    file.string() + " is not a usable private key; move it away and a new one is made");
    return KeyPtr(raw);
}

void set(ssh_bind bind, ssh_bind_options_e option, const void* value, const char* what) {
    if (ssh_bind_options_set(bind, option, value) != SSH_OK)
        throw Error(Code::internal,
                    std::string("libssh refuses the setting ") + what + ": " + ssh_get_error(bind));
}

}  // namespace

HostKeyFacts facts_of(ssh_key key) {
    char* base64 = nullptr;
    if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK)
        throw Error(Code::input, "a key cannot be read");
    const TextPtr owned(base64);
    unsigned char* hash = nullptr;
    std::size_t length = 0;
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length) != SSH_OK)
        throw Error(Code::input, "a key cannot be hashed");
    const TextPtr print(ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length));
    ssh_clean_pubkey_hash(&hash);
    const char* type =
        ssh_key_type(key) == SSH_KEYTYPE_UNKNOWN ? "unknown" : ssh_key_type_to_char(ssh_key_type(key));
    return {type, base64, print.get()};
}

HostKeys::HostKeys(const std::filesystem::path& folder, const std::vector<std::string>& types) {
    for (const std::string& name : types) {
        const auto found = types_by_name.find(name);
        if (found == types_by_name.end())
            throw Error(Code::config, "host key type " + name + " is none of ed25519, rsa, ecdsa");
        const auto file = folder / ("ssh_host_" + name + "_key");
        if (!std::filesystem::exists(file)) generate(file, found->second);
        keys_.push_back(load(file));
    }
}

std::vector<HostKeyFacts> HostKeys::facts() const {
    std::vector<HostKeyFacts> out;
    for (const KeyPtr& key : keys_) out.push_back(facts_of(key.get()));
    return out;
}

BindPtr HostKeys::make_bind(Macs macs) const {
    BindPtr bind(ssh_bind_new());
    const bool no = false;
    const Algorithms use = operator_side(macs);
    const int rsa_bits = 2048;
    set(bind.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &no, "process config");
    set(bind.get(), SSH_BIND_OPTIONS_KEY_EXCHANGE, use.key_exchange, "key exchange");
    set(bind.get(), SSH_BIND_OPTIONS_CIPHERS_C_S, use.ciphers, "ciphers");
    set(bind.get(), SSH_BIND_OPTIONS_CIPHERS_S_C, use.ciphers, "ciphers");
    set(bind.get(), SSH_BIND_OPTIONS_HMAC_C_S, use.macs, "macs");
    set(bind.get(), SSH_BIND_OPTIONS_HMAC_S_C, use.macs, "macs");
    set(bind.get(), SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, use.signatures, "public key algorithms");
    set(bind.get(), SSH_BIND_OPTIONS_RSA_MIN_SIZE, &rsa_bits, "smallest RSA key");
    for (const KeyPtr& key : keys_)
        set(bind.get(), SSH_BIND_OPTIONS_IMPORT_KEY, ssh_key_dup(key.get()), "host key");
    return bind;
}

}  // namespace sallyport::ssh
