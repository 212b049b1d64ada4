// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "daemon/ssh/offer.h"
#include "policy/rules.h"

namespace sallyport::ssh {

/// The decisions of one authentication, without I/O: the key alone decides, never the name that is claimed.
class Authentication {
 public:
    enum class Answer { methods, may_sign, accepted, disconnect };

    explicit Authentication(FindKey find) : find_(std::move(find)) {}
    /// Behind a connection whose operator is proven: `none` and any key that signs will do, as a claim.
    Authentication() = default;

    [[nodiscard]] Answer answer(const Offer& offer);
    /// Whose key was proven; only after `accepted`.
    [[nodiscard]] const KnownKey& proven() const { return proven_; }
    /// Why the last offer was not accepted, in one word for `auth.failed`: unknown_key, bad_signature,
    /// certificate, …
    [[nodiscard]] const std::string& reason() const { return reason_; }
    [[nodiscard]] const std::string& name() const { return name_.value(); }

 private:
    Answer refuse(std::string reason);
    [[nodiscard]] static Answer answer_claim(const Offer& offer);

    FindKey find_;  // empty behind a proven connection
    KnownKey proven_;
    std::optional<std::string> name_;
    std::string reason_ = "no_key";
    int requests_ = 0;
    int offered_ = 0;
    int bad_signatures_ = 0;
};

}  // namespace sallyport::ssh
