// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/rules_in_force.h"

namespace sallyport::live {

std::shared_ptr<const Rules> RulesInForce::get() const {
    const std::lock_guard lock(mutex_);
    return rules_;
}

void RulesInForce::set(std::shared_ptr<const Rules> rules) {
    const std::lock_guard lock(mutex_);
    rules_.swap(rules);
}

}  // namespace sallyport::live
