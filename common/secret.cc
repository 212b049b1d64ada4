// SPDX-License-Identifier: Apache-2.0
#include "common/secret.h"

#include <openssl/crypto.h>

#include <utility>

namespace sallyport {

// A short string lives inside the object: a move copies it, so the source is wiped as well.
Secret::Secret(std::string bytes) : bytes_(bytes) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
    other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        bytes_.swap(other.bytes_);
    }
    return *this;
}

Secret::~Secret() {
    wipe();
}

void Secret::wipe() noexcept {
    bytes_.resize(bytes_.capacity());  // never grows: the bytes beyond size() may be old ones
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
}

}  // namespace sallyport
