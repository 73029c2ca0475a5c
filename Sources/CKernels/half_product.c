#include "product.h"

// Products of operands rounded to bfloat16, added up in float32: by AVX512-BF16, which adds the products of two neighbouring k at
// once, else as chains of fused multiply-adds over k. The two may differ in a result's last bits; the instructions also take
// subnormal numbers as zero.

SK_KERNEL(void, sk_roundToBFloat16, (float *x, int64_t count), (x, count)) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, 4);
    bits = sk_roundBits(bits) & 0xffff0000u;
    memcpy(x + i, &bits, 4);
  }
}

int sk_hasBFloat16Products(void) {
#if SK_HAS_VERSIONS
  static _Atomic int has = -1;
  int known = atomic_load_explicit(&has, memory_order_relaxed);
  if (known < 0) {
    known = sk_instructionSet() == SK_AVX512 && __builtin_cpu_supports("avx512bf16");
    atomic_store_explicit(&has, known, memory_order_relaxed);
  }
  return known;
#else
  return 0;
#endif
}

#if SK_HAS_VERSIONS
#include <immintrin.h>

#define TARGET __attribute__((target("arch=x86-64-v4,avx512bf16"), min_vector_width(512)))

// The first `count` of 16 lanes.
TARGET static inline __mmask16 maskOf(int64_t count) {
  return (__mmask16)(count >= 16 ? 0xffff : count <= 0 ? 0 : (1 << count) - 1);
}

// alpha times the numbers 2k and 2k + 1 of up to 16 columns, rounded and side by side; `second` is NULL where the depth is odd.
TARGET static inline void pairUp(uint32_t *out, const float *first, const float *second, __mmask16 there, float alpha) {
  __m512 low = _mm512_maskz_loadu_ps(there, first), high = second ? _mm512_maskz_loadu_ps(there, second) : _mm512_setzero_ps();
  if (alpha != 1) {
    low = _mm512_mul_ps(low, _mm512_set1_ps(alpha));
    high = _mm512_mul_ps(high, _mm512_set1_ps(alpha));
  }
  const __m512i halves = (__m512i)_mm512_cvtne2ps_pbh(high, low);  // 16 of low, then 16 of high
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
                                         19, 3, 18, 2, 17, 1, 16, 0);
  _mm512_storeu_si512(out, _mm512_permutexvar_epi16(order, halves));
}

TARGET void sk_pairRows(uint32_t *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth,
                        float alpha) {
  enum { TALL = 16 };  // rows are read as far as they go, panels are written some rows at a time
  const int64_t pairs = (depth + 1) / 2;
  for (int64_t row = 0; row < depth; row += TALL) {
    const int64_t end = depth - row < TALL ? depth : row + TALL;
    for (int64_t column = 0; column < columns; column += width) {
      for (int64_t k = row; k < end; k += 2) {
        const float *first = b + k * stride, *second = k + 1 < depth ? first + stride : NULL;
        uint32_t *to = panels + column * pairs + k / 2 * width;
        for (int64_t v = column; v < column + width; v += 16)
          pairUp(to + v - column, first + v, second ? second + v : NULL, maskOf(columns - v), alpha);
      }
    }
  }
}

TARGET void sk_roundRows(uint16_t *out, int64_t outStride, const float *a, int64_t stride, int64_t rows, int64_t depth,
                         float alpha) {
  const __m512 factor = _mm512_set1_ps(alpha);
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t k = 0; k < depth; k += 16) {
      __m512 x = _mm512_maskz_loadu_ps(maskOf(depth - k), a + i * stride + k);
      if (alpha != 1) x = _mm512_mul_ps(x, factor);
      _mm256_storeu_si256((__m256i *)(out + i * outStride + k), (__m256i)_mm512_cvtneps_pbh(x));
    }
  }
}

void sk_pairColumns(uint32_t *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth, float alpha) {
  enum { BLOCK = 384, ROOM = BLOCK + 32 };  // an odd number of cache lines apart
  uint16_t rows[32 * ROOM] __attribute__((aligned(64)));
  const int64_t pairs = (depth + 1) / 2;
  for (int64_t column = 0; column < columns; column += width) {
    const int64_t there = columns - column < width ? columns - column : width;
    if (there < width) memset(rows + there * ROOM, 0, (size_t)((width - there) * ROOM) * sizeof(uint16_t));
    for (int64_t k = 0; k < depth; k += BLOCK) {
      const int64_t part = depth - k < BLOCK ? depth - k : BLOCK;
      sk_roundRows(rows, ROOM, b + column * stride + k, stride, there, part, alpha);
      float *to = (float *)panels + column * pairs + k / 2 * width;
      sk_transpose(to, width, (const float *)rows, ROOM / 2, width, (part + 1) / 2, 1);
    }
  }
}

// c [R, 16 · V] (rows cStride apart) goes on from itself, or from zero where `fresh`.
#define TILE(R, V)                                                                                                                \
  TARGET static inline void pairedTile##R##x##V(float *c, int64_t cStride, const uint16_t *a, int64_t aStride, const uint32_t *b, \
                                                int64_t bStride, int64_t pairs, int fresh) {                                      \
    __m512 sum[R][V];                                                                                                             \
    UNROLL for (int i = 0; i < R; i++)                                                                                            \
      UNROLL for (int v = 0; v < V; v++)                                                                                          \
        sum[i][v] = fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(c + i * cStride + 16 * v);                                      \
    for (int64_t k = 0; k < pairs; k++) {                                                                                         \
      __m512bh right[V];                                                                                                          \
      UNROLL for (int v = 0; v < V; v++) right[v] = (__m512bh)_mm512_loadu_si512(b + k * bStride + 16 * v);                       \
      UNROLL for (int i = 0; i < R; i++) {                                                                                        \
        int32_t pair;                                                                                                             \
        memcpy(&pair, a + i * aStride + 2 * k, sizeof pair);                                                                      \
        const __m512bh left = (__m512bh)_mm512_set1_epi32(pair);                                                                  \
        UNROLL for (int v = 0; v < V; v++) sum[i][v] = _mm512_dpbf16_ps(sum[i][v], left, right[v]);                               \
      }                                                                                                                           \
    }                                                                                                                             \
    UNROLL for (int i = 0; i < R; i++)                                                                                            \
      UNROLL for (int v = 0; v < V; v++) _mm512_storeu_ps(c + i * cStride + 16 * v, sum[i][v]);                                   \
  }
#define TILES(V)                                                                                                                  \
  TILE(1, V) TILE(2, V) TILE(3, V) TILE(4, V) TILE(5, V) TILE(6, V) TILE(7, V) TILE(8, V) TILE(9, V) TILE(10, V) TILE(11, V)      \
  TILE(12, V)
TILES(1)
TILES(2)

#define CASE(R, V) case R: pairedTile##R##x##V(c, cStride, a, aStride, b, bStride, pairs, fresh); return
#define CASES(V)                                                                                                                  \
  switch (rows) {                                                                                                                 \
    CASE(1, V); CASE(2, V); CASE(3, V); CASE(4, V); CASE(5, V); CASE(6, V); CASE(7, V); CASE(8, V); CASE(9, V); CASE(10, V);      \
    CASE(11, V); CASE(12, V);                                                                                                     \
  }
TARGET void sk_pairedTile(float *c, int64_t cStride, const uint16_t *a, int64_t aStride, int64_t rows, const uint32_t *b,
                          int64_t bStride, int64_t width, int64_t pairs, int fresh) {
  if (width == 16) CASES(1) else CASES(2)
}
#else
void sk_pairRows(uint32_t *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth, float alpha) {}
void sk_pairColumns(uint32_t *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth, float alpha) {}
void sk_roundRows(uint16_t *out, int64_t outStride, const float *a, int64_t stride, int64_t rows, int64_t depth, float alpha) {}
void sk_pairedTile(float *c, int64_t cStride, const uint16_t *a, int64_t aStride, int64_t rows, const uint32_t *b, int64_t bStride,
                   int64_t width, int64_t pairs, int fresh) {}
#endif
