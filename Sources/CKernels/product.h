// Between the products and the packing of their operands.
#ifndef CKERNELS_PRODUCT_H
#define CKERNELS_PRODUCT_H

#include "internal.h"

#define UNROLL _Pragma("clang loop unroll(full)")

/// Columns of a panel of packed weights: a tile's, which depend on the registers there are.
static inline int64_t sk_panel(void) { return sk_instructionSet() == SK_AVX512 ? 32 : 16; }

/// Memory of the calling thread that the next call with the same number (0 to 4) overwrites.
void *sk_scratch(int number, size_t bytes);

// --- packing.c ----------------------------------------------------------------------------------------------------------
/// out [inner, outer] (rows outStride apart) = scale · the transpose of in [outer, inner] (rows stride apart). A scale of 1 moves
/// words of any kind.
void sk_transpose(float *out, int64_t outStride, const float *in, int64_t stride, int64_t outer, int64_t inner, float scale);
/// Panels [columns / width, depth, width] of alpha · b, zeros where columns are missing; element (k, j) is b[k · stride + j].
void sk_packRows(float *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth, float alpha);
/// The same where element (k, j) is b[j · stride + k].
void sk_packColumns(float *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth, float alpha);
/// out [rows, depth], rows outStride apart, = alpha · a; element (i, k) is a[i · stride + k], or a[k · stride + i] if transposed.
void sk_copyScaled(float *out, int64_t outStride, const float *a, int64_t stride, int transposed, int64_t rows, int64_t depth,
                   float alpha);

// --- tiles.c ------------------------------------------------------------------------------------------------------------
/// What a product's operands are: float32; float32 beside bfloat16 panels; bfloat16 numbers, two neighbours of k in a word.
enum { SK_FLOATS, SK_HALVES, SK_PAIRS };
/// The right operand of one block of k.
typedef struct {
  /// One of the three above; decides what the left operand is, too.
  int kind;
  /// Columns of a panel: sk_panel(), or 16.
  int64_t width;
  const void *values;
  /// Bytes between panels, and numbers (or pairs) between the rows of one.
  int64_t panelStride, rowStride;
} sk_panels;
/// c [rows, columns] (rows cStride apart) += a · b, or = where `fresh`, over `depth` numbers (or pairs) of k; rows of a lie aStride
/// of its numbers apart. Columns that the last panel lacks have to be there as zeros.
void sk_panelsProduct(float *c, int64_t cStride, const void *a, int64_t aStride, int64_t rows, int64_t columns, sk_panels b,
                      int64_t depth, int fresh);

// --- half_product.c -----------------------------------------------------------------------------------------------------
/// Every number to the nearest bfloat16, ties to even.
void sk_roundToBFloat16(float *x, int64_t count);
// The four below only where sk_hasBFloat16Products() says so.
/// Panels [columns / width, (depth + 1) / 2, width] of words: rows 2k and 2k + 1 of alpha · b in bfloat16, zeros where numbers are
/// missing; element (k, j) is b[k · stride + j].
void sk_pairRows(uint32_t *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth, float alpha);
/// The same where element (k, j) is b[j · stride + k].
void sk_pairColumns(uint32_t *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth, float alpha);
/// out [rows, depth] = alpha · a in bfloat16, with up to 15 zeros behind each row; rows outStride and stride numbers apart. `out`
/// may begin where `a` does if its rows are as far apart.
void sk_roundRows(uint16_t *out, int64_t outStride, const float *a, int64_t stride, int64_t rows, int64_t depth, float alpha);
/// A tile of up to 12 rows and 32 (or 16) columns: c = a · b, or += unless `fresh`; a: rows of bfloat16 numbers aStride apart;
/// b: words bStride apart for each pair of k.
void sk_pairedTile(float *c, int64_t cStride, const uint16_t *a, int64_t aStride, int64_t rows, const uint32_t *b, int64_t bStride,
                   int64_t width, int64_t pairs, int fresh);

#endif
