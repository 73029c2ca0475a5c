// Between the products and the packing of their operands.
#ifndef CKERNELS_PRODUCT_H
#define CKERNELS_PRODUCT_H

#include "internal.h"

/// Columns of a panel: a tile's, which depend on the registers there are.
static inline int64_t sk_panel(void) { return sk_instructionSet() == SK_AVX512 ? 32 : 16; }

/// Memory of the calling thread that the next call with the same number (0 to 3) overwrites.
void *sk_scratch(int number, size_t bytes);

/// Panels [columns / sk_panel(), depth, sk_panel()] of b, zeros where columns are missing; element (k, j) is b[k · stride + j].
void sk_packRows(float *panels, const float *b, int64_t stride, int64_t columns, int64_t depth);
/// The same where element (k, j) is b[j · stride + k].
void sk_packColumns(float *panels, const float *b, int64_t stride, int64_t columns, int64_t depth);
/// out [rows, depth], rows outStride apart, = alpha · a; element (i, k) is a[i · stride + k], or a[k · stride + i] where transposed.
void sk_copyScaled(float *out, int64_t outStride, const float *a, int64_t stride, int transposed, int64_t rows, int64_t depth,
                   float alpha);

/// Every number to the nearest bfloat16, ties to even.
void sk_roundToBFloat16(float *x, int64_t count);
// The three below only where sk_hasBFloat16Products() says so. Panels have 32 columns.
/// The same panels in bfloat16, numbers of rows 2k and 2k + 1 in one word: [columns / 32, (depth + 1) / 2, 32].
void sk_pairPanels(uint32_t *out, const float *panels, int64_t columns, int64_t depth);
/// Rows (stride floats apart) in place: their first halves become `depth` bfloat16 numbers and up to 15 zeros.
void sk_pairRows(float *rows, int64_t stride, int64_t count, int64_t depth);
/// c [rows, columns] += a · b, or = where `fresh`; a: rows of bfloat16 numbers aStride apart, the last of an odd depth with a zero
/// behind it; b: panels of panelPairs pairs, the first `pairs` of which are used.
void sk_pairedProduct(float *c, int64_t cStride, const void *a, int64_t aStride, int64_t rows, int64_t columns, const void *b,
                      int64_t panelPairs, int64_t pairs, int fresh);

#endif
