// SPDX-License-Identifier: Apache-2.0
// The allocators and calls below take the place of the C++ and C library's, in this test program alone.
#include "tests/unit/faults/failing.h"

#include <openssl/crypto.h>
#include <sqlite3.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <new>

#include "common/error.h"

namespace sallyport::faults {
namespace {

thread_local std::size_t allocations_left = 0;  // until the one that fails; 0: none does
thread_local Allocations allocations = Allocations::all;
thread_local bool is_hit = false;

bool allocation_fails() {
    if (allocations_left == 0 || --allocations_left > 0) return false;
    is_hit = true;
    return true;
}

/// nlohmann::json's destructor allocates, and ends the process if it cannot (docs/threat-model.md). What JSON
/// allocates are values of 16 bytes and members of 48.
bool may_be_for_json(std::size_t size) {
    return size % 16 == 0;
}

void* allocate(std::size_t size) {
    const bool is_passed_over = allocations == Allocations::all_but_json && may_be_for_json(size);
    void* memory = !is_passed_over && allocation_fails() ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void* sqlite_malloc(int size) {
    auto* memory =
        allocation_fails() ? nullptr : static_cast<char*>(std::malloc(static_cast<std::size_t>(size) + 16));
    if (memory == nullptr) return nullptr;
    *reinterpret_cast<int*>(memory) = size;
    return memory + 16;
}

void sqlite_free(void* memory) {
    std::free(static_cast<char*>(memory) - 16);
}

int sqlite_size(void* memory) {
    return *reinterpret_cast<int*>(static_cast<char*>(memory) - 16);
}

void* sqlite_realloc(void* memory, int size) {
    if (allocation_fails()) return nullptr;
    auto* grown = static_cast<char*>(
        std::realloc(static_cast<char*>(memory) - 16, static_cast<std::size_t>(size) + 16));
    if (grown == nullptr) return nullptr;
    *reinterpret_cast<int*>(grown) = size;
    return grown + 16;
}

const sqlite3_mem_methods sqlite_memory{sqlite_malloc,
                                        sqlite_free,
                                        sqlite_realloc,
                                        sqlite_size,
                                        [](int size) { return (size + 7) & ~7; },
                                        [](void*) { return SQLITE_OK; },
                                        [](void*) {},
                                        nullptr};

void* openssl_malloc(std::size_t size, const char*, int) {
    return allocation_fails() ? nullptr : std::malloc(size);
}

void* openssl_realloc(void* memory, std::size_t size, const char*, int) {
    return allocation_fails() ? nullptr : std::realloc(memory, size);
}

void openssl_free(void* memory, const char*, int) {
    std::free(memory);
}

// Before anything is allocated by either, else they refuse.
const bool is_in_place = [] {
    if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1) std::abort();
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &sqlite_memory) != SQLITE_OK) std::abort();
    if (sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK) std::abort();  // each one is counted
    return true;
}();

thread_local FailedWrites::What writes;
thread_local std::size_t calls = 0;
thread_local std::size_t forced_count = 0;

/// The errno with which a call fails now; 0 if it does not.
int failure_of_call() {
    ++calls;
    if (writes.is_interrupted && calls % 2 == 1) return EINTR;
    if (writes.nth == 0 || calls < writes.nth || (calls > writes.nth && !writes.lasts)) return 0;
    is_hit = true;
    return writes.number;
}

std::size_t taken(std::size_t size) {
    return writes.most == 0 ? size : std::min(size, writes.most);
}

template <typename Call>
ssize_t unless_it_fails(Call call) {
    if (const int number = failure_of_call(); number != 0) {
        errno = number;
        return -1;
    }
    return call();
}

int force(int fd) {
    const ssize_t rc = unless_it_fails([&] { return ::syscall(SYS_fdatasync, fd); });
    if (rc == 0) ++forced_count;
    return static_cast<int>(rc);
}

Came run(const std::function<void()>& work) {
    Came came;
    try {
        work();
        came.is_done = true;
    } catch (const Error&) {  // either is how a step says no
    } catch (const std::bad_alloc&) {
    }
    came.was_hit = is_hit;
    return came;
}

}  // namespace

FailedAllocation::FailedAllocation(std::size_t nth, Allocations which) {
    allocations = which;
    is_hit = !is_in_place;
    allocations_left = nth;
}

FailedAllocation::~FailedAllocation() {
    allocations_left = 0;
}

FailedWrites::FailedWrites(What what) {
    is_hit = false;
    calls = forced_count = 0;
    writes = what;
}

FailedWrites::~FailedWrites() {
    writes = {};
}

std::size_t FailedWrites::forced() const {
    return forced_count;
}

Came without_memory(std::size_t nth, const std::function<void()>& work, Allocations which) {
    const FailedAllocation fault(nth, which);
    return run(work);
}

Came with_writes(FailedWrites::What what, const std::function<void()>& work) {
    const FailedWrites fault(what);
    return run(work);
}

std::size_t descriptors() {
    const std::filesystem::directory_iterator open("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

}  // namespace sallyport::faults

void* operator new(std::size_t size) {
    return sallyport::faults::allocate(size);
}
void* operator new[](std::size_t size) {
    return sallyport::faults::allocate(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}

extern "C" {
using sallyport::faults::force;
using sallyport::faults::taken;
using sallyport::faults::unless_it_fails;

ssize_t write(int fd, const void* bytes, size_t size) {
    return unless_it_fails([&] { return ::syscall(SYS_write, fd, bytes, taken(size)); });
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
    return unless_it_fails([&] { return ::syscall(SYS_pwrite64, fd, bytes, taken(size), at); });
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t at) {
    return unless_it_fails([&] { return ::syscall(SYS_pwrite64, fd, bytes, taken(size), at); });
}
int ftruncate64(int fd, off_t size) {
    return static_cast<int>(unless_it_fails([&] { return ::syscall(SYS_ftruncate, fd, size); }));
}
int fdatasync(int fd) {
    return force(fd);
}
int fsync(int fd) {
    return force(fd);
}
}
