// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/readers.h"

#include <new>

namespace sallyport::store {

Readers::Lease Readers::lease() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto db = std::move(idle_.back());
            idle_.pop_back();
            return {*this, std::move(db)};
        }
    }
    return {*this, std::make_unique<Database>(file_, Database::Mode::read)};
}

void Readers::take_back(std::unique_ptr<Database> db) noexcept {
    const std::lock_guard lock(mutex_);
    try {
        idle_.push_back(std::move(db));
    } catch (const std::bad_alloc&) {  // one fewer is kept open
    }
}

}  // namespace sallyport::store
