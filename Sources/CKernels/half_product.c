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

// Numbers 2k and 2k + 1 of 16 columns, rounded and side by side; `second` is NULL where the depth is odd.
TARGET static inline void pairUp(uint32_t *out, const float *first, const float *second) {
  const __m512 low = _mm512_loadu_ps(first), high = second ? _mm512_loadu_ps(second) : _mm512_setzero_ps();
  const __m512i halves = (__m512i)_mm512_cvtne2ps_pbh(high, low);  // 16 of low, then 16 of high
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
                                         19, 3, 18, 2, 17, 1, 16, 0);
  _mm512_storeu_si512(out, _mm512_permutexvar_epi16(order, halves));
}

TARGET void sk_pairPanels(uint32_t *out, const float *panels, int64_t columns, int64_t depth) {
  const int64_t pairs = (depth + 1) / 2;
  for (int64_t column = 0; column < columns; column += 32, panels += 32 * depth, out += 32 * pairs) {
    for (int64_t k = 0; k < depth; k += 2) {
      for (int v = 0; v < 32; v += 16)
        pairUp(out + 16 * k + v, panels + 32 * k + v, k + 1 < depth ? panels + 32 * (k + 1) + v : NULL);
    }
  }
}

TARGET void sk_pairRows(float *rows, int64_t stride, int64_t count, int64_t depth) {
  for (int64_t i = 0; i < count; i++) {
    float *row = rows + i * stride;
    for (int64_t k = 0; k < depth; k += 16) {
      const __mmask16 mask = (__mmask16)(depth - k < 16 ? (1 << (depth - k)) - 1 : 0xffff);
      _mm256_storeu_si256((__m256i *)(row + k / 2), (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, row + k)));
    }
  }
}

// c [R, 32] (rows cStride apart) goes on from itself, or from zero where `fresh`.
#define TILE(R)                                                                                                                   \
  TARGET static inline void halfTile##R(float *c, int64_t cStride, const uint16_t *a, int64_t aStride, const uint32_t *b,         \
                                        int64_t pairs, int fresh) {                                                               \
    __m512 sum[R][2];                                                                                                             \
    UNROLL for (int i = 0; i < R; i++)                                                                                            \
      UNROLL for (int v = 0; v < 2; v++)                                                                                          \
        sum[i][v] = fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(c + i * cStride + 16 * v);                                      \
    for (int64_t k = 0; k < pairs; k++) {                                                                                         \
      const __m512bh low = (__m512bh)_mm512_loadu_si512(b + 32 * k), high = (__m512bh)_mm512_loadu_si512(b + 32 * k + 16);        \
      UNROLL for (int i = 0; i < R; i++) {                                                                                        \
        int32_t pair;                                                                                                             \
        memcpy(&pair, a + i * aStride + 2 * k, sizeof pair);                                                                      \
        const __m512bh left = (__m512bh)_mm512_set1_epi32(pair);                                                                  \
        sum[i][0] = _mm512_dpbf16_ps(sum[i][0], left, low);                                                                       \
        sum[i][1] = _mm512_dpbf16_ps(sum[i][1], left, high);                                                                      \
      }                                                                                                                           \
    }                                                                                                                             \
    UNROLL for (int i = 0; i < R; i++)                                                                                            \
      UNROLL for (int v = 0; v < 2; v++) _mm512_storeu_ps(c + i * cStride + 16 * v, sum[i][v]);                                   \
  }
#define UNROLL _Pragma("clang loop unroll(full)")
TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)

#define CASE(R) case R: halfTile##R(c, cStride, a, aStride, b, pairs, fresh); return
TARGET static void halfTile(float *c, int64_t cStride, const uint16_t *a, int64_t aStride, int64_t rows, const uint32_t *b,
                            int64_t pairs, int fresh) {
  switch (rows) {
    CASE(1); CASE(2); CASE(3); CASE(4); CASE(5); CASE(6); CASE(7); CASE(8); CASE(9); CASE(10); CASE(11);
    default: halfTile12(c, cStride, a, aStride, b, pairs, fresh);
  }
}

void sk_pairedProduct(float *c, int64_t cStride, const void *a, int64_t aStride, int64_t rows, int64_t columns, const void *b,
                      int64_t panelPairs, int64_t pairs, int fresh) {
  float edge[12 * 32];
  for (int64_t column = 0; column < columns; column += 32) {
    const int64_t there = columns - column < 32 ? columns - column : 32;
    const uint32_t *panel = (const uint32_t *)b + column * panelPairs;
    for (int64_t row = 0; row < rows; row += 12) {
      const int64_t count = rows - row < 12 ? rows - row : 12;
      const uint16_t *left = (const uint16_t *)a + row * aStride;
      float *to = c + row * cStride + column;
      if (there == 32) {
        halfTile(to, cStride, left, aStride, count, panel, pairs, fresh);
        continue;
      }
      for (int64_t i = 0; i < count && !fresh; i++) memcpy(edge + i * 32, to + i * cStride, (size_t)there * sizeof(float));
      halfTile(edge, 32, left, aStride, count, panel, pairs, fresh);
      for (int64_t i = 0; i < count; i++) memcpy(to + i * cStride, edge + i * 32, (size_t)there * sizeof(float));
    }
  }
}
#else
void sk_pairPanels(uint32_t *out, const float *panels, int64_t columns, int64_t depth) {}
void sk_pairRows(float *rows, int64_t stride, int64_t count, int64_t depth) {}
void sk_pairedProduct(float *c, int64_t cStride, const void *a, int64_t aStride, int64_t rows, int64_t columns, const void *b,
                      int64_t panelPairs, int64_t pairs, int fresh) {}
#endif
