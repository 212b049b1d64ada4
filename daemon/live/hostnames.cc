// SPDX-License-Identifier: Apache-2.0
#include "daemon/live/hostnames.h"

namespace sallyport::live {

void Hostnames::put(const std::string& workspace, const std::string& host, std::string reported) {
    const std::lock_guard lock(mutex_);
    names_[{workspace, host}] = std::move(reported);
}

std::string Hostnames::find(const std::string& workspace, const std::string& host) const {
    const std::lock_guard lock(mutex_);
    const auto at = names_.find({workspace, host});
    return at == names_.end() ? std::string() : at->second;
}

}  // namespace sallyport::live
