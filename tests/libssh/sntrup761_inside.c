/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/sha.h>

/* The library's archive has these names, too. */
#define sntrup761_keypair inside_keypair
#define sntrup761_enc inside_enc
#define sntrup761_dec inside_dec
#define sha512 inside_sha512
#include "external/sntrup761.c"
#undef p
#undef q
#undef w

int32_t first_wrong_product(int32_t bound) {
    int32_t x = -bound;
    while (x <= bound && Fq_freeze_product(x) == Fq_freeze(x)) ++x;
    return x;
}

int32_t first_wrong_sum(int32_t bound) {
    int32_t x = -bound;
    while (x <= bound && F3_freeze_sum((int16_t)x) == F3_freeze((int16_t)x)) ++x;
    return x;
}

int inside_sha512(const unsigned char *bytes, size_t size, unsigned char *hash) {
    SHA512(bytes, size, hash);
    return 1;
}
