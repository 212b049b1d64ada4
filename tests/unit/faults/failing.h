// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>

namespace sallyport::faults {

enum class Allocations { all, all_but_json };

/// While it lives, the `nth` (from 1) allocation of this thread fails, and no other: by operator new, by
/// SQLite or by OpenSSL.
class FailedAllocation {
 public:
    FailedAllocation(std::size_t nth, Allocations which);
    ~FailedAllocation();
    FailedAllocation(const FailedAllocation&) = delete;
    FailedAllocation& operator=(const FailedAllocation&) = delete;
};

/// What this thread's write(2), pwrite(2), ftruncate(2) and fdatasync(2) do while it lives.
class FailedWrites {
 public:
    struct What {
        std::size_t nth = 0;  // which call fails, from 1; 0: none
        int number = 0;       // errno of that call and, with `lasts`, of all after it
        bool lasts = false;
        std::size_t most = 0;         // bytes that one write takes; 0: all
        bool is_interrupted = false;  // every second call is, by a signal
    };
    explicit FailedWrites(What what);
    ~FailedWrites();
    FailedWrites(const FailedWrites&) = delete;
    FailedWrites& operator=(const FailedWrites&) = delete;

    [[nodiscard]] std::size_t forced() const;  // how often fdatasync or fsync succeeded
};

struct Came {
    bool is_done = false;  // it returned: else it threw Error or std::bad_alloc
    bool was_hit = false;  // the fault was met
};

/// Runs `work` with the `nth` allocation failing. Anything else that it throws escapes.
[[nodiscard]] Came without_memory(std::size_t nth, const std::function<void()>& work,
                                  Allocations which = Allocations::all);
/// Runs `work` with those writes.
[[nodiscard]] Came with_writes(FailedWrites::What what, const std::function<void()>& work);

/// Descriptors that this process has open.
[[nodiscard]] std::size_t descriptors();

}  // namespace sallyport::faults
