// SPDX-License-Identifier: Apache-2.0
#include "daemon/relay/environment.h"

namespace sallyport::relay {

bool is_env_allowed(const std::string& name) {
    return name == "LANG" || name.starts_with("LC_") || name == "GIT_PROTOCOL";
}

}  // namespace sallyport::relay
