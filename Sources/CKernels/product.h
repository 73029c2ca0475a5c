// Between the products and the packing of their operands.
#ifndef CKERNELS_PRODUCT_H
#define CKERNELS_PRODUCT_H

#include "internal.h"

/// Columns of a panel: a tile's, which depend on the registers there are.
static inline int64_t sk_panel(void) { return sk_instructionSet() == SK_AVX512 ? 32 : 16; }

/// Memory of the calling thread that the next call with the same number (0, 1 or 2) overwrites.
void *sk_scratch(int number, size_t bytes);

/// Panels [columns / sk_panel(), depth, sk_panel()] of b, zeros where columns are missing; element (k, j) is b[k · stride + j].
void sk_packRows(float *panels, const float *b, int64_t stride, int64_t columns, int64_t depth);
/// The same where element (k, j) is b[j · stride + k].
void sk_packColumns(float *panels, const float *b, int64_t stride, int64_t columns, int64_t depth);
/// out [rows, depth], rows outStride apart, = alpha · a; element (i, k) is a[i · stride + k], or a[k · stride + i] where transposed.
void sk_copyScaled(float *out, int64_t outStride, const float *a, int64_t stride, int transposed, int64_t rows, int64_t depth,
                   float alpha);

#endif
