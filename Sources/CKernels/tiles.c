#include "product.h"

// A tile of a product's result stays in registers while the kernel walks down k: per step one row of a panel of the right operand,
// and one number of each row of the left one. Every element is one chain of fused multiply-adds, which goes on from what is stored,
// so that neither tiles nor blocks of k change a bit.

// c [R, P · V · 16] (rows cStride apart) goes on from itself, or from zero where `fresh`; a: R rows aStride apart; b: P panels of V
// vectors, of float32 or, where `half`, bfloat16.
#define TILE(R, V, P)                                                                                                             \
  SK_INLINE void tile##R##x##V##x##P(float *c, int64_t cStride, const float *a, int64_t aStride, const char *b,                   \
                                     int64_t panelStride, int64_t rowStride, int half, int64_t depth, int fresh) {                \
    v16 sum[R][V * P];                                                                                                            \
    UNROLL for (int i = 0; i < R; i++) {                                                                                          \
      UNROLL for (int v = 0; v < V * P; v++) sum[i][v] = fresh ? sk_splat(0) : sk_load(c + i * cStride + 16 * v);                 \
    }                                                                                                                             \
    for (int64_t k = 0; k < depth; k++) {                                                                                         \
      v16 right[V * P];                                                                                                           \
      UNROLL for (int v = 0; v < V * P; v++) {                                                                                    \
        const char *panel = b + v / V * panelStride;                                                                              \
        const int64_t place = k * rowStride + v % V * 16;                                                                         \
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
// For 32 registers of 16 floats: as many chains as hide the latency of the product.
TILE(1, 2, 1) TILE(2, 2, 1) TILE(3, 2, 1) TILE(4, 2, 1) TILE(5, 2, 1) TILE(6, 2, 1) TILE(7, 2, 1) TILE(8, 2, 1) TILE(9, 2, 1)
TILE(10, 2, 1) TILE(11, 2, 1) TILE(12, 2, 1) TILE(1, 2, 4) TILE(2, 2, 4) TILE(3, 2, 4) TILE(4, 2, 2) TILE(5, 2, 2) TILE(6, 2, 2)
// For 16 registers of 8 floats, and for products of few columns.
TILE(1, 1, 1) TILE(2, 1, 1) TILE(3, 1, 1) TILE(4, 1, 1) TILE(5, 1, 1) TILE(6, 1, 1) TILE(7, 1, 1) TILE(8, 1, 1) TILE(9, 1, 1)
TILE(10, 1, 1) TILE(11, 1, 1) TILE(12, 1, 1) TILE(1, 1, 4) TILE(2, 1, 2) TILE(3, 1, 2)

#define CASE(R, V, P) case R: return tile##R##x##V##x##P(c, cStride, a, aStride, b, panelStride, rowStride, half, depth, fresh)
// The products of `rows` rows, at most `height`, with `count` panels: 1, or several as panelsAtOnce says.
SK_INLINE void tile(float *c, int64_t cStride, const float *a, int64_t aStride, int64_t rows, const char *b, int64_t panelStride,
                    int64_t rowStride, int64_t count, int half, int64_t depth, int fresh, int width, int height) {
  if (width == 32 && count > 1) {
    switch (rows) { CASE(1, 2, 4); CASE(2, 2, 4); CASE(3, 2, 4); CASE(4, 2, 2); CASE(5, 2, 2); CASE(6, 2, 2); }
  } else if (width == 32) {
    switch (rows) {
      CASE(1, 2, 1); CASE(2, 2, 1); CASE(3, 2, 1); CASE(4, 2, 1); CASE(5, 2, 1); CASE(6, 2, 1); CASE(7, 2, 1); CASE(8, 2, 1);
      CASE(9, 2, 1); CASE(10, 2, 1); CASE(11, 2, 1); CASE(12, 2, 1);
    }
  } else if (count > 1) {
    switch (rows) { CASE(1, 1, 4); CASE(2, 1, 2); CASE(3, 1, 2); }
  } else {
    switch (rows) { CASE(1, 1, 1); CASE(2, 1, 1); CASE(3, 1, 1); CASE(4, 1, 1); CASE(5, 1, 1); CASE(6, 1, 1); }
    if (height < 12) return;
    switch (rows) { CASE(7, 1, 1); CASE(8, 1, 1); CASE(9, 1, 1); CASE(10, 1, 1); CASE(11, 1, 1); CASE(12, 1, 1); }
  }
}

// Panels that a tile of few rows takes at once, to have chains enough.
SK_INLINE int64_t panelsAtOnce(int64_t rows, int kind, int width, int height) {
  if (kind == SK_PAIRS) return 1;
  if (width == 32) return rows <= 3 ? 4 : rows <= 6 ? 2 : 1;
  return height == 12 ? 1 : rows == 1 ? 4 : rows <= 3 ? 2 : 1;
}

// The product for rows of full tiles or fewer than one has.
SK_INLINE void rowsProduct(float *c, int64_t cStride, const void *a, int64_t aStride, int64_t rows, int64_t columns, sk_panels b,
                           int kind, int64_t depth, int fresh, int width, int height) {
  const int64_t tall = rows < height ? rows : height;
  const int64_t size = kind == SK_PAIRS ? sizeof(uint16_t) : sizeof(float);
  float edge[12 * 32];
  for (int64_t column = 0; column < columns;) {
    const int64_t left = columns - column, several = panelsAtOnce(tall, kind, width, height);
    const int64_t count = left >= several * width ? several : 1;
    const char *panel = (const char *)b.values + column / width * b.panelStride;
    const int isEdge = left < width;
    for (int64_t row = 0; row < rows; row += tall) {
      float *to = c + row * cStride + column, *result = isEdge ? edge : to;
      const int64_t stride = isEdge ? width : cStride;
      const void *from = (const char *)a + row * aStride * size;
      // The last panel's missing columns are computed beside the result.
      for (int64_t i = 0; i < tall && isEdge && !fresh; i++)
        memcpy(edge + i * width, to + i * cStride, (size_t)left * sizeof(float));
      if (kind == SK_PAIRS)
        sk_pairedTile(result, stride, from, aStride, tall, (const uint32_t *)panel, b.rowStride, width, depth, fresh);
      else
        tile(result, stride, from, aStride, tall, panel, b.panelStride, b.rowStride, count, kind == SK_HALVES, depth, fresh, width,
             height);
      for (int64_t i = 0; i < tall && isEdge; i++) memcpy(to + i * cStride, edge + i * width, (size_t)left * sizeof(float));
    }
    column += count * width;
  }
}

// Full tiles, then the rows that are left.
SK_INLINE void kindProduct(float *c, int64_t cStride, const void *a, int64_t aStride, int64_t rows, int64_t columns, sk_panels b,
                           int kind, int64_t depth, int fresh, int width, int height) {
  const int64_t full = rows / height * height, size = kind == SK_PAIRS ? sizeof(uint16_t) : sizeof(float);
  if (full) rowsProduct(c, cStride, a, aStride, full, columns, b, kind, depth, fresh, width, height);
  if (full < rows)
    rowsProduct(c + full * cStride, cStride, (const char *)a + full * aStride * size, aStride, rows - full, columns, b, kind, depth,
                fresh, width, height);
}

// The versions by hand: tiles differ with the number of registers.
#define PANELS(version, target, body)                                                                                             \
  target static void product##version(float *c, int64_t cStride, const void *a, int64_t aStride, int64_t rows, int64_t columns,   \
                                      sk_panels b, int64_t depth, int fresh) body
#define KIND(kind, width, height) kindProduct(c, cStride, a, aStride, rows, columns, b, kind, depth, fresh, width, height)
#define SMALL { if (b.kind == SK_HALVES) KIND(SK_HALVES, 16, 6); else KIND(SK_FLOATS, 16, 6); }
#if SK_HAS_VERSIONS
PANELS(AVX512, SK_TARGET_AVX512, {
  if (b.kind == SK_PAIRS && b.width == 16) KIND(SK_PAIRS, 16, 12);
  else if (b.kind == SK_PAIRS) KIND(SK_PAIRS, 32, 12);
  else if (b.kind == SK_HALVES) KIND(SK_HALVES, 32, 12);
  else if (b.width == 16) KIND(SK_FLOATS, 16, 12);
  else KIND(SK_FLOATS, 32, 12);
})
PANELS(AVX2, SK_TARGET_AVX2, SMALL)
#endif
PANELS(Portable, , SMALL)

void sk_panelsProduct(float *c, int64_t cStride, const void *a, int64_t aStride, int64_t rows, int64_t columns, sk_panels b,
                      int64_t depth, int fresh) {
#if SK_HAS_VERSIONS
  const int32_t set = sk_instructionSet();
  if (set == SK_AVX512) return productAVX512(c, cStride, a, aStride, rows, columns, b, depth, fresh);
  if (set == SK_AVX2) return productAVX2(c, cStride, a, aStride, rows, columns, b, depth, fresh);
#endif
  productPortable(c, cStride, a, aStride, rows, columns, b, depth, fresh);
}
