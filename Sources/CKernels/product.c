#include "product.h"

// Matrix products in which every element of the result is one chain of fused multiply-adds over k = 0, 1, … (tiles.c): the same
// bits for any tile, vector width, number of rows, block of k and thread count. Operands are laid out for the tiles block by block,
// unless they lie well enough as they are.

enum { DEPTH = 384, ROWS = 96, COLUMNS = 256, LEFT = DEPTH + 16, FEW = 16 };

void sk_packedProduct(float *c, int64_t cStride, const void *x, int64_t xStride, int64_t rows, const void *packed, int half,
                      int64_t columns, int64_t depth) {
  const int isPaired = half && sk_hasBFloat16Products();
  const int64_t size = half ? sizeof(uint16_t) : sizeof(float), width = sk_panel(), block = isPaired ? 2 * DEPTH : DEPTH;
  if (depth == 0)
    for (int64_t i = 0; i < rows; i++) memset(c + i * cStride, 0, (size_t)columns * sizeof(float));
  for (int64_t row = 0; row < rows; row += ROWS) {
    const int64_t count = rows - row < ROWS ? rows - row : ROWS;
    float *to = c + row * cStride;
    for (int64_t k = 0; k < depth; k += block) {
      const int64_t part = depth - k < block ? depth - k : block;
      const char *from = (const char *)x + (row * xStride + k) * size, *panels = (const char *)packed + k * width * size;
      sk_panels right = {half ? SK_HALVES : SK_FLOATS, width, panels, depth * width * size, width};
      if (isPaired) {
        right = (sk_panels){SK_PAIRS, width, panels, (depth + 1) / 2 * width * 4, width};
        sk_panelsProduct(to, cStride, from, xStride, count, columns, right, (part + 1) / 2, k == 0);
      } else if (half) {
        float *left = sk_scratch(0, ROWS * LEFT * sizeof(float));
        for (int64_t i = 0; i < count; i++) sk_fromBFloat16(left + i * LEFT, from + i * xStride * size, part);
        sk_panelsProduct(to, cStride, left, LEFT, count, columns, right, part, k == 0);
      } else {
        sk_panelsProduct(to, cStride, from, xStride, count, columns, right, part, k == 0);
      }
    }
  }
}

// An operand: its element (i, k) for a row (left) or a column (right) i is factor · values[i · stride + k], or
// factor · values[k · stride + i] where `deep`.
typedef struct {
  const float *values;
  int64_t stride;
  int deep;
  float factor;
} Operand;

static const float *corner(const Operand *x, int64_t i, int64_t k) {
  return x->values + (x->deep ? k * x->stride + i : i * x->stride + k);
}

// Rows whose addresses differ by multiples of the first cache's extent push each other out of it.
static int spreads(int64_t stride) { return stride % 128 != 0 || stride % 512 == 128 || stride % 512 == 384; }

// A block of the right operand, [columns, depth], ready for the tiles.
static sk_panels panelsOf(const Operand *x, int64_t column, int64_t columns, int64_t first, int64_t depth, int64_t width,
                          int64_t rows, int half) {
  const float *from = corner(x, column, first);
  const int64_t there = (columns + width - 1) / width * width;
  if (half && sk_hasBFloat16Products()) {
    const int64_t pairs = (depth + 1) / 2;
    uint32_t *words = sk_scratch(1, (size_t)(there * pairs) * sizeof(uint32_t));
    if (x->deep) sk_pairRows(words, width, from, x->stride, columns, depth, x->factor);
    else sk_pairColumns(words, width, from, x->stride, columns, depth, x->factor);
    return (sk_panels){SK_PAIRS, width, words, pairs * width * (int64_t)sizeof(uint32_t), width};
  }
  // A tile's height or two read it too seldom for a copy to pay.
  if (!half && x->deep && x->factor == 1 && rows <= 24 && columns % width == 0)
    return (sk_panels){SK_FLOATS, width, from, width * (int64_t)sizeof(float), x->stride};
  float *panels = sk_scratch(1, (size_t)(there * depth) * sizeof(float));
  if (x->deep) sk_packRows(panels, width, from, x->stride, columns, depth, x->factor);
  else sk_packColumns(panels, width, from, x->stride, columns, depth, x->factor);
  if (half) sk_roundToBFloat16(panels, there * depth);
  return (sk_panels){SK_FLOATS, width, panels, depth * width * (int64_t)sizeof(float), width};
}

// c [rows, columns] += or, where `fresh`, = a block of the left operand times the panels.
static void blockProduct(float *c, int64_t cStride, const Operand *x, int64_t row, int64_t rows, int64_t columns, int64_t first,
                         int64_t depth, sk_panels right, int half, int fresh) {
  const float *from = corner(x, row, first);
  float *left = sk_scratch(0, ROWS * LEFT * sizeof(float));
  if (right.kind == SK_PAIRS) {
    // In place where it was transposed: a pair is half as long as its numbers.
    uint16_t *halves = (uint16_t *)left;
    if (x->deep) {
      sk_copyScaled(left, LEFT, from, x->stride, 1, rows, depth, x->factor);
      sk_roundRows(halves, 2 * LEFT, left, LEFT, rows, depth, 1);
    } else {
      sk_roundRows(halves, 2 * LEFT, from, x->stride, rows, depth, x->factor);
    }
    sk_panelsProduct(c, cStride, left, 2 * LEFT, rows, columns, right, (depth + 1) / 2, fresh);
    return;
  }
  if (!half && !x->deep && x->factor == 1 && spreads(x->stride)) {
    sk_panelsProduct(c, cStride, from, x->stride, rows, columns, right, depth, fresh);
    return;
  }
  sk_copyScaled(left, LEFT, from, x->stride, x->deep, rows, depth, x->factor);
  if (half)
    for (int64_t i = 0; i < rows; i++) sk_roundToBFloat16(left + i * LEFT, depth);
  sk_panelsProduct(c, cStride, left, LEFT, rows, columns, right, depth, fresh);
}

// c [m, n] += or, where `fresh`, = left · right.
static void multiply(const Operand *left, const Operand *right, int64_t m, int64_t n, int64_t k, float *c, int64_t cStride,
                     int fresh, int half) {
  const int64_t width = n <= FEW ? FEW : sk_panel();
  for (int64_t column = 0; column < n; column += COLUMNS) {
    const int64_t columns = n - column < COLUMNS ? n - column : COLUMNS;
    for (int64_t first = 0; first < k; first += DEPTH) {
      const int64_t depth = k - first < DEPTH ? k - first : DEPTH;
      const sk_panels panels = panelsOf(right, column, columns, first, depth, width, m, half);
      for (int64_t row = 0; row < m; row += ROWS) {
        const int64_t rows = m - row < ROWS ? m - row : ROWS;
        float *to = c + row * cStride + column;
        blockProduct(to, cStride, left, row, rows, columns, first, depth, panels, half, fresh && first == 0);
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

void sk_product(int transposeA, int transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t aStride,
                const float *b, int64_t bStride, float beta, float *c, int64_t cStride, int half) {
  const int isFresh = beta == 0 && k > 0;
  if (!isFresh && beta != 1) scaleRows(c, cStride, m, n, beta);
  const Operand left = {a, aStride, transposeA, alpha}, right = {b, bStride, !transposeB, 1};
  // The transposed result of a few rows: a is read as it lies, and columns fill the vectors.
  if (transposeA && n <= FEW && n < m) {
    float *transposed = sk_scratch(3, (size_t)(n * m) * sizeof(float));
    if (!isFresh) sk_transpose(transposed, m, c, cStride, m, n, 1);
    multiply(&right, &left, n, m, k, transposed, m, isFresh, half);
    sk_transpose(c, cStride, transposed, m, n, m, 1);
    return;
  }
  multiply(&left, &right, m, n, k, c, cStride, isFresh, half);
}
