// SPDX-License-Identifier: Apache-2.0
#include "common/secret.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <sstream>
#include <type_traits>

namespace {

constexpr std::string_view mark = "correct horse battery";
std::atomic<int> freed_with_mark{0};

void give_back(void* block) noexcept {
    if (block != nullptr) {
        const std::string_view bytes(static_cast<const char*>(block), malloc_usable_size(block));
        if (bytes.find(mark) != std::string_view::npos) ++freed_with_mark;
    }
    std::free(block);
}

void* get(std::size_t size) {
    if (void* block = std::malloc(size)) return block;
    throw std::bad_alloc();
}

}  // namespace

// Stands before the library's own, to see what a block holds at the moment that it is given back.
void* operator new(std::size_t size) {
    return get(size);
}
void operator delete(void* block) noexcept {
    give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
    give_back(block);
}

namespace sallyport {
namespace {

std::string long_text() {
    std::string out;
    out.reserve(200);
    for (int i = 0; i < 4; ++i) out.append(mark);
    return out;
}

/// How many blocks were given back with the mark in them while `what` ran.
template <typename What>
int leaks_of(What what) {
    const int before = freed_with_mark;
    what();
    return freed_with_mark - before;
}

TEST(Secret, PrintsAsStarsAndNeverAsItself) {
    std::ostringstream out;
    out << Secret("hush") << Secret();
    EXPECT_EQ(out.str(), "******");
    EXPECT_EQ(Secret("hush").reveal(), "hush");
}

TEST(Secret, IsNeverCopied) {
    EXPECT_FALSE(std::is_copy_constructible_v<Secret>);
    EXPECT_FALSE(std::is_copy_assignable_v<Secret>);
    EXPECT_TRUE(std::is_nothrow_move_constructible_v<Secret>);
}

TEST(Secret, LeavesNothingOfALongTextBehindOnTheHeap) {
    EXPECT_EQ(leaks_of([] { const std::string plain = long_text(); }), 1) << "the test itself sees nothing";
    EXPECT_EQ(leaks_of([] { const Secret secret(long_text()); }), 0);
    EXPECT_EQ(leaks_of([] {
                  Secret first(long_text());
                  Secret second(std::move(first));
                  Secret third;
                  third = std::move(second);
              }),
              0);
    EXPECT_EQ(leaks_of([] {
                  Secret secret(long_text());
                  secret = Secret("x");
              }),
              0);
}

TEST(Secret, LeavesNothingOfAShortTextWhereItLived) {
    alignas(Secret) unsigned char place[sizeof(Secret)];
    const auto holds = [&](const char* text) {
        return std::string_view(reinterpret_cast<const char*>(place), sizeof place).find(text) !=
               std::string_view::npos;
    };
    auto* secret = new (place) Secret("hush-hush");
    EXPECT_TRUE(holds("hush-hush"));
    const Secret moved(std::move(*secret));
    EXPECT_FALSE(holds("hush"));
    EXPECT_EQ(moved.reveal(), "hush-hush");
    EXPECT_TRUE(secret->empty());
    *secret = Secret("once more");
    secret->~Secret();
    EXPECT_FALSE(holds("once"));
}

}  // namespace
}  // namespace sallyport
