// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/store/sqlite.h"

namespace sallyport::store {

/// Connections for reading, each used by one at a time: a long export holds up nobody. From any thread.
class Readers {
 public:
    class Lease {
     public:
        Lease(Readers& home, std::unique_ptr<Database> db) : home_(home), db_(std::move(db)) {}
        ~Lease() { home_.take_back(std::move(db_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        const Database& operator*() const { return *db_; }

     private:
        Readers& home_;
        std::unique_ptr<Database> db_;
    };

    explicit Readers(std::string file) : file_(std::move(file)) {}

    /// As many at once as there are threads that read. Throws Error{Code::record} if none can be opened.
    [[nodiscard]] Lease lease();

 private:
    void take_back(std::unique_ptr<Database> db) noexcept;

    std::string file_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Database>> idle_;
};

}  // namespace sallyport::store
