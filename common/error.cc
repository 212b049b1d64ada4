// SPDX-License-Identifier: Apache-2.0
#include "common/error.h"

#include <system_error>

namespace sallyport {

std::string os_error(int number) {
    return std::generic_category().message(number);
}

}  // namespace sallyport
