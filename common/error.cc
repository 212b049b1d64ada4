// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"

#include <system_error>

namespace sallyport {

std::string os_error(int number) {
    return std::generic_category().message(number);
}

Error to_error(const std::exception& caught) {
    const auto* known = dynamic_cast<const Error*>(&caught);
    return known != nullptr ? *known : Error(Code::internal, caught.what());
}

}  // namespace sallyport
