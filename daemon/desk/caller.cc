// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/caller.h"

#include "common/error.h"

namespace sallyport::desk {
namespace {

constexpr std::size_t max_noted = 64;  // after that many different lists it is noted anew

}  // namespace

void Caller::note(const std::string& list) {
    if (noted_.size() >= max_noted) noted_.clear();
    noted_.insert(list);
}

void require(const Rules& rules, const Caller& caller, Right right, bool is_own) {
    if (may(desk_role(rules, caller.who()), right, is_own)) return;
    throw Error(Code::denied, std::string("your desk role does not allow this (") + row_of(right).name +
                                  "); ask whoever keeps the policy");
}

bool is_own(const Caller& caller, const Json& resource) {
    return resource.value("user", std::string()) == caller.name();
}

}  // namespace sallyport::desk
