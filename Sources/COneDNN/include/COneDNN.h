// extern "C" view of oneDNN's bfloat16 products: weights packed once; single-threaded calls.
// Every function may be called from any number of threads at once. Errors are returned, never thrown.
#ifndef CONEDNN_H
#define CONEDNN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sdnn_matrix sdnn_matrix;

/// "major.minor.patch" of the library at run time.
const char *sdnn_version(void);
/// Packs weights [n, k] (row-major float32), rounded to nearest even, for products x · Wᵀ.
/// Returns NULL where this CPU or library has no such product; the caller then takes another way.
sdnn_matrix *sdnn_pack(const float *weights, int64_t n, int64_t k);
void sdnn_free(sdnn_matrix *matrix);
/// Whether this CPU has AVX512-BF16, with which the bits of a row's product do not depend on m.
int sdnn_hasInstructions(void);
/// Bytes of the packed weights.
int64_t sdnn_byteCount(const sdnn_matrix *matrix);
/// x [m, k] · Wᵀ, dense [m, n], in memory of the calling thread that its next call overwrites; NULL on failure.
/// x is bfloat16.
const float *sdnn_multiply(const sdnn_matrix *matrix, const void *x, int64_t m);

#ifdef __cplusplus
}
#endif
#endif
