// extern "C" view of oneDNN's matrix products: weights packed once, float32 or bfloat16, or both operands plain; single-threaded calls.
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
/// Packs weights [n, k] (row-major float32) for products x · Wᵀ; bfloat16 != 0 rounds them to nearest even.
/// Returns NULL where this CPU or library has no such product; the caller then takes another way.
sdnn_matrix *sdnn_pack(const float *weights, int64_t n, int64_t k, int bfloat16);
void sdnn_free(sdnn_matrix *matrix);
/// Whether, on this CPU, the bits of a row's product do not depend on m; where they do, one m must serve for all.
int sdnn_rowsAreIndependent(void);
/// Bytes of the packed weights.
int64_t sdnn_byteCount(const sdnn_matrix *matrix);
/// x [m, k] · Wᵀ, dense [m, n], in memory of the calling thread that its next call overwrites; NULL on failure.
/// x is float32, or bfloat16 if the weights are.
const float *sdnn_multiply(const sdnn_matrix *matrix, const void *x, int64_t m);
/// c [m, n] = alpha · op(a) · op(b) + beta · c in float32, row-major, rows …Stride apart; op transposes where asked.
/// Returns 0, or -1 where this CPU or library has no such product; the caller then takes another way.
int sdnn_sgemm(int transposeA, int transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t aStride,
               const float *b, int64_t bStride, float beta, float *c, int64_t cStride);

#ifdef __cplusplus
}
#endif
#endif
