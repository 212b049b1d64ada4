/* SPDX-License-Identifier: Apache-2.0 */
/* The library's hidden sntrup761, and two functions inside it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void sntrup761_random_func(void* context, size_t size, uint8_t* to);

void sntrup761_keypair(uint8_t* pk, uint8_t* sk, void* context, sntrup761_random_func* random);
void sntrup761_enc(uint8_t* c, uint8_t* k, const uint8_t* pk, void* context, sntrup761_random_func* random);
void sntrup761_dec(uint8_t* k, const uint8_t* c, const uint8_t* sk);

/* The first x in [-bound, bound] where the quick reduction is not the slow one; bound + 1 if there is none.
 */
int32_t first_wrong_product(int32_t bound);
int32_t first_wrong_sum(int32_t bound);

#ifdef __cplusplus
}
#endif
