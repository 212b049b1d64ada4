// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/authentication.h"

namespace sallyport::ssh {
namespace {

constexpr int max_offered = 32;        // an agent full of keys
constexpr int max_bad_signatures = 3;  // no client makes one by mistake
constexpr int max_requests = 128;      // queries, signatures and `none` together

}  // namespace

Authentication::Answer Authentication::refuse(std::string reason) {
    reason_ = std::move(reason);
    return Answer::methods;
}

Authentication::Answer Authentication::answer_claim(const Offer& offer) {
    if (offer.is_none) return Answer::accepted;
    if (!offer.is_public_key || offer.state == Offer::State::is_refused) return Answer::methods;
    return offer.state == Offer::State::asked ? Answer::may_sign : Answer::accepted;
}

Authentication::Answer Authentication::answer(const Offer& offer) {
    if (++requests_ > max_requests) return Answer::disconnect;
    if (!name_) name_ = offer.name;
    if (*name_ != offer.name) {
        reason_ = "name_changed";
        return Answer::disconnect;
    }
    if (!find_) return answer_claim(offer);
    if (!offer.is_public_key) return Answer::methods;
    const KnownKey found = find_(offer.blob);
    // A known key was counted when it was asked about; its signature is no further key.
    const bool is_counted = offer.state == Offer::State::is_signed && found.who != nullptr;
    if (!is_counted && ++offered_ > max_offered) {
        reason_ = "too_many_keys";
        return Answer::disconnect;
    }
    if (offer.state == Offer::State::is_refused) {
        // libssh names neither: a type it does not know has no blob, a signature that does not verify has
        // one.
        if (offer.blob.empty()) return refuse("key_type");
        reason_ = "bad_signature";
        return ++bad_signatures_ >= max_bad_signatures ? Answer::disconnect : Answer::methods;
    }
    if (offer.is_certificate) return refuse("certificate");
    if (found.who == nullptr) return refuse("unknown_key");
    if (offer.state == Offer::State::asked) return Answer::may_sign;
    if (offer.is_security_key && !offer.is_touched) return refuse("not_touched");
    proven_ = found;
    return Answer::accepted;
}

}  // namespace sallyport::ssh
