// SPDX-License-Identifier: Apache-2.0
#include "policy/proven.h"

namespace sallyport {

Proven::Proven(const Operator& who, std::string fingerprint, std::string source,
               std::shared_ptr<const LentKey> lent)
    : name_(who.name),
      groups_(who.groups),
      fingerprint_(std::move(fingerprint)),
      source_(std::move(source)),
      lent_(std::move(lent)) {}

}  // namespace sallyport
