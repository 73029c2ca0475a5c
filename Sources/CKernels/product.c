#include "product.h"

// Matrix products in which every element of the result is one chain of fused multiply-adds over k = 0, 1, …: the same bits for any
// tile, vector width, number of rows, block of k (the chain goes on from what is stored) and thread count.
//
// A tile of the result stays in registers while the kernel walks down k: per step one row of a panel of the right operand
// (packing.c), and one number of each row of the left one. A panel's block of k stays in the first cache while rows go by.

enum { DEPTH = 384, ROWS = 96, COLUMNS = 256, LEFT = DEPTH + 16 };

// c [R, P · V · 16] (rows cStride apart) goes on from itself, or from zero where `fresh`; a: R rows aStride apart; b: P panels of V
// vectors, panelStride bytes apart, of float32 or, where `half`, bfloat16.
#define TILE(R, V, P)                                                                                                             \
  SK_INLINE void tile##R##x##V##x##P(float *c, int64_t cStride, const float *a, int64_t aStride, const char *b,                     \
                                     int64_t panelStride, int half, int64_t depth, int fresh) {                                   \
    v16 sum[R][V * P];                                                                                                            \
    UNROLL for (int i = 0; i < R; i++) {                                                                                          \
      UNROLL for (int v = 0; v < V * P; v++) sum[i][v] = fresh ? sk_splat(0) : sk_load(c + i * cStride + 16 * v);                 \
    }                                                                                                                             \
    for (int64_t k = 0; k < depth; k++) {                                                                                         \
      v16 right[V * P];                                                                                                           \
      UNROLL for (int v = 0; v < V * P; v++) {                                                                                    \
        const char *panel = b + v / V * panelStride;                                                                              \
        const int64_t place = (k * V + v % V) * 16;                                                                               \
        right[v] = half ? sk_loadHalf((const uint16_t *)panel + place) : sk_load((const float *)panel + place);                   \
      }                                                                                                                           \
      UNROLL for (int i = 0; i < R; i++) {                                                                                        \
        const v16 left = sk_splat(a[i * aStride + k]);                                                                            \
        UNROLL for (int v = 0; v < V * P; v++) sum[i][v] = sk_fma(left, right[v], sum[i][v]);                                     \
      }                                                                                                                           \
    }                                                                                                                             \
    UNROLL for (int i = 0; i < R; i++) {                                                                                          \
      UNROLL for (int v = 0; v < V * P; v++) sk_store(c + i * cStride + 16 * v, sum[i][v]);                                       \
    }                                                                                                                             \
  }
#define UNROLL _Pragma("clang loop unroll(full)")
// For 32 registers of 16 floats: as many chains as hide the latency of the product.
TILE(1, 2, 1) TILE(2, 2, 1) TILE(3, 2, 1) TILE(4, 2, 1) TILE(5, 2, 1) TILE(6, 2, 1) TILE(7, 2, 1) TILE(8, 2, 1) TILE(9, 2, 1)
TILE(10, 2, 1) TILE(11, 2, 1) TILE(12, 2, 1) TILE(1, 2, 4) TILE(2, 2, 4) TILE(3, 2, 4) TILE(4, 2, 2) TILE(5, 2, 2) TILE(6, 2, 2)
// For 16 registers of 8 floats.
TILE(1, 1, 1) TILE(2, 1, 1) TILE(3, 1, 1) TILE(4, 1, 1) TILE(5, 1, 1) TILE(6, 1, 1) TILE(1, 1, 4) TILE(2, 1, 2) TILE(3, 1, 2)

#define CALL(R, V, P) tile##R##x##V##x##P(c, cStride, a, aStride, b, panelStride, half, depth, fresh)
#define CASE(R, V, P) case R: return CALL(R, V, P)
// The products of `rows` rows, at most the tallest tile, with `count` panels: 1, or several as panelsAtOnce says.
SK_INLINE void tile(float *c, int64_t cStride, const float *a, int64_t aStride, int64_t rows, const char *b, int64_t panelStride,
                    int64_t count, int half, int64_t depth, int fresh, int isWide) {
  if (isWide && count > 1) {
    switch (rows) { CASE(1, 2, 4); CASE(2, 2, 4); CASE(3, 2, 4); CASE(4, 2, 2); CASE(5, 2, 2); default: return CALL(6, 2, 2); }
  } else if (isWide) {
    switch (rows) {
      CASE(1, 2, 1); CASE(2, 2, 1); CASE(3, 2, 1); CASE(4, 2, 1); CASE(5, 2, 1); CASE(6, 2, 1); CASE(7, 2, 1); CASE(8, 2, 1);
      CASE(9, 2, 1); CASE(10, 2, 1); CASE(11, 2, 1); default: return CALL(12, 2, 1);
    }
  } else if (count > 1) {
    switch (rows) { CASE(1, 1, 4); CASE(2, 1, 2); default: return CALL(3, 1, 2); }
  } else {
    switch (rows) { CASE(1, 1, 1); CASE(2, 1, 1); CASE(3, 1, 1); CASE(4, 1, 1); CASE(5, 1, 1); default: return CALL(6, 1, 1); }
  }
}

SK_INLINE int64_t panelsAtOnce(int64_t rows, int isWide) {
  if (isWide) return rows <= 3 ? 4 : rows <= 6 ? 2 : 1;
  return rows == 1 ? 4 : rows <= 3 ? 2 : 1;
}

// c [rows, columns] over one block of k of the panels, for rows of full tiles or fewer than one has.
SK_INLINE void rowsProduct(float *c, int64_t cStride, const float *a, int64_t aStride, int64_t rows, int64_t columns,
                           const char *b, int64_t panelStride, int half, int64_t depth, int fresh, int isWide) {
  const int64_t width = isWide ? 32 : 16, height = isWide ? 12 : 6, tall = rows < height ? rows : height;
  float edge[12 * 32];
  for (int64_t column = 0; column < columns;) {
    const int64_t left = columns - column;
    const int64_t count = left >= panelsAtOnce(tall, isWide) * width ? panelsAtOnce(tall, isWide) : 1;
    const char *panel = b + column / width * panelStride;
    for (int64_t row = 0; row < rows; row += tall) {
      float *to = c + row * cStride + column;
      if (left >= width) {
        tile(to, cStride, a + row * aStride, aStride, tall, panel, panelStride, count, half, depth, fresh, isWide);
        continue;
      }
      // The last panel's missing columns are computed beside the result.
      for (int64_t i = 0; i < tall && !fresh; i++) memcpy(edge + i * width, to + i * cStride, (size_t)left * sizeof(float));
      tile(edge, width, a + row * aStride, aStride, tall, panel, panelStride, 1, half, depth, fresh, isWide);
      for (int64_t i = 0; i < tall; i++) memcpy(to + i * cStride, edge + i * width, (size_t)left * sizeof(float));
    }
    column += count * width;
  }
}

SK_INLINE void panelsProductBody(float *c, int64_t cStride, const float *a, int64_t aStride, int64_t rows, int64_t columns,
                                 const char *b, int64_t panelStride, int half, int64_t depth, int fresh, int isWide) {
  const int64_t height = isWide ? 12 : 6, full = rows / height * height;
  if (half) {
    if (full) rowsProduct(c, cStride, a, aStride, full, columns, b, panelStride, 1, depth, fresh, isWide);
    if (full < rows)
      rowsProduct(c + full * cStride, cStride, a + full * aStride, aStride, rows - full, columns, b, panelStride, 1, depth, fresh, isWide);
  } else {
    if (full) rowsProduct(c, cStride, a, aStride, full, columns, b, panelStride, 0, depth, fresh, isWide);
    if (full < rows)
      rowsProduct(c + full * cStride, cStride, a + full * aStride, aStride, rows - full, columns, b, panelStride, 0, depth, fresh, isWide);
  }
}

// The versions by hand: tiles differ with the number of registers.
#define PANELS(version, target, isWide)                                                                                            \
  target static void panelsProduct##version(float *c, int64_t cStride, const float *a, int64_t aStride, int64_t rows,              \
                                            int64_t columns, const char *b, int64_t panelStride, int half, int64_t depth,         \
                                            int fresh) {                                                                          \
    panelsProductBody(c, cStride, a, aStride, rows, columns, b, panelStride, half, depth, fresh, isWide);                                   \
  }
#if SK_HAS_VERSIONS
PANELS(AVX512, SK_TARGET_AVX512, 1)
PANELS(AVX2, SK_TARGET_AVX2, 0)
#endif
PANELS(Portable, , 0)

// c [rows, columns] over one block of k; panels panelStride bytes apart.
static void panelsProduct(float *c, int64_t cStride, const float *a, int64_t aStride, int64_t rows, int64_t columns,
                          const void *b, int64_t panelStride, int half, int64_t depth, int fresh) {
#if SK_HAS_VERSIONS
  const int32_t set = sk_instructionSet();
  if (set == SK_AVX512) return panelsProductAVX512(c, cStride, a, aStride, rows, columns, b, panelStride, half, depth, fresh);
  if (set == SK_AVX2) return panelsProductAVX2(c, cStride, a, aStride, rows, columns, b, panelStride, half, depth, fresh);
#endif
  panelsProductPortable(c, cStride, a, aStride, rows, columns, b, panelStride, half, depth, fresh);
}

void sk_packedProduct(float *c, int64_t cStride, const void *x, int64_t xStride, int64_t rows, const void *packed, int half,
                      int64_t columns, int64_t depth) {
  const int isPaired = half && sk_hasBFloat16Products();
  const int64_t size = half ? sizeof(uint16_t) : sizeof(float), panel = sk_panel(), block = isPaired ? 2 * DEPTH : DEPTH;
  if (depth == 0)
    for (int64_t i = 0; i < rows; i++) memset(c + i * cStride, 0, (size_t)columns * sizeof(float));
  for (int64_t row = 0; row < rows; row += ROWS) {
    const int64_t count = rows - row < ROWS ? rows - row : ROWS;
    float *to = c + row * cStride;
    for (int64_t k = 0; k < depth; k += block) {
      const int64_t part = depth - k < block ? depth - k : block;
      const char *from = (const char *)x + (row * xStride + k) * size, *panels = (const char *)packed + k * panel * size;
      if (isPaired) {
        sk_pairedProduct(to, cStride, from, xStride, count, columns, panels, (depth + 1) / 2, (part + 1) / 2, k == 0);
      } else if (half) {
        float *left = sk_scratch(0, ROWS * LEFT * sizeof(float));
        for (int64_t i = 0; i < count; i++) sk_fromBFloat16(left + i * LEFT, from + i * xStride * size, part);
        panelsProduct(to, cStride, left, LEFT, count, columns, panels, depth * panel * size, 1, part, k == 0);
      } else {
        panelsProduct(to, cStride, (const float *)from, xStride, count, columns, panels, depth * panel * size, 0, part, k == 0);
      }
    }
  }
}

// c = beta · c, the start of every chain.
SK_KERNEL(void, scaleRows, (float *c, int64_t cStride, int64_t rows, int64_t columns, float beta),
          (c, cStride, rows, columns, beta)) {
  for (int64_t i = 0; i < rows; i++) {
    if (beta == 0) memset(c + i * cStride, 0, (size_t)columns * sizeof(float));
    else
      for (int64_t j = 0; j < columns; j++) c[i * cStride + j] *= beta;
  }
}

// c [rows, columns] over one block of k: a's rows are LEFT apart.
static void blockProduct(float *c, int64_t cStride, float *a, int64_t rows, int64_t columns, const float *panels,
                         const uint32_t *pairs, int64_t depth, int fresh) {
  if (!pairs) {
    panelsProduct(c, cStride, a, LEFT, rows, columns, panels, depth * sk_panel() * (int64_t)sizeof(float), 0, depth, fresh);
    return;
  }
  // In place: a pair is half as long as its numbers.
  sk_pairRows(a, LEFT, rows, depth);
  sk_pairedProduct(c, cStride, a, 2 * LEFT, rows, columns, pairs, (depth + 1) / 2, (depth + 1) / 2, fresh);
}

void sk_product(int transposeA, int transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t aStride,
                const float *b, int64_t bStride, float beta, float *c, int64_t cStride, int half) {
  const int isFresh = beta == 0 && k > 0, isPaired = half && sk_hasBFloat16Products();
  if (!isFresh && beta != 1) scaleRows(c, cStride, m, n, beta);
  const int64_t wide = n < COLUMNS ? (n + sk_panel() - 1) / sk_panel() * sk_panel() : COLUMNS;
  float *panels = sk_scratch(1, (size_t)(wide * DEPTH) * sizeof(float)), *left = sk_scratch(0, ROWS * LEFT * sizeof(float));
  uint32_t *pairs = isPaired ? sk_scratch(3, (size_t)(wide * DEPTH / 2) * sizeof(uint32_t)) : NULL;
  for (int64_t column = 0; column < n; column += COLUMNS) {
    const int64_t width = n - column < COLUMNS ? n - column : COLUMNS;
    for (int64_t depth = 0; depth < k; depth += DEPTH) {
      const int64_t part = k - depth < DEPTH ? k - depth : DEPTH;
      if (transposeB) sk_packColumns(panels, b + column * bStride + depth, bStride, width, part);
      else sk_packRows(panels, b + depth * bStride + column, bStride, width, part);
      if (isPaired) sk_pairPanels(pairs, panels, width, part);
      else if (half) sk_roundToBFloat16(panels, (width + sk_panel() - 1) / sk_panel() * sk_panel() * part);
      for (int64_t row = 0; row < m; row += ROWS) {
        const int64_t count = m - row < ROWS ? m - row : ROWS;
        const float *from = transposeA ? a + depth * aStride + row : a + row * aStride + depth;
        sk_copyScaled(left, LEFT, from, aStride, transposeA, count, part, alpha);
        if (half && !isPaired)
          for (int64_t i = 0; i < count; i++) sk_roundToBFloat16(left + i * LEFT, part);
        blockProduct(c + row * cStride + column, cStride, left, count, width, panels, pairs, part, isFresh && depth == 0);
      }
    }
  }
}
