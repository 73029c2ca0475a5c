#include "product.h"

#include <stdio.h>
#include <stdlib.h>

void *sk_scratch(int number, size_t bytes) {
  static _Thread_local struct {
    void *memory;
    size_t bytes;
  } buffers[5];
  if (buffers[number].bytes < bytes) {
    free(buffers[number].memory);
    buffers[number].memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    buffers[number].bytes = bytes;
    if (!buffers[number].memory) {
      fprintf(stderr, "out of memory: %zu bytes for a matrix product\n", bytes);
      abort();
    }
  }
  return buffers[number].memory;
}

float *sk_pieceMemory(int64_t count) { return sk_scratch(2, (size_t)(count + 1) * sizeof(float)); }

#define LOW32(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH32(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW64(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH64(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EVEN128(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD128(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)

// out[i · outStride + j] = scale · in[j · stride + i] for i, j in 0…15; a scale of 1 leaves all bits as they are.
SK_INLINE void transpose16(float *out, int64_t outStride, const float *in, int64_t stride, float scale) {
  v16 rows[16], quads[4][4];
  UNROLL for (int j = 0; j < 16; j++) rows[j] = sk_load(in + j * stride);
  if (scale != 1) {
    UNROLL for (int j = 0; j < 16; j++) rows[j] *= sk_splat(scale);
  }
  UNROLL for (int g = 0; g < 4; g++) {
    const v16 *r = rows + 4 * g;
    const v16 low01 = LOW32(r[0], r[1]), low23 = LOW32(r[2], r[3]), high01 = HIGH32(r[0], r[1]), high23 = HIGH32(r[2], r[3]);
    quads[g][0] = LOW64(low01, low23);
    quads[g][1] = HIGH64(low01, low23);
    quads[g][2] = LOW64(high01, high23);
    quads[g][3] = HIGH64(high01, high23);
  }
  // The quarter q of quads[g][i] holds column 4q + i of rows 4g to 4g + 3.
  UNROLL for (int i = 0; i < 4; i++) {
    const v16 even01 = EVEN128(quads[0][i], quads[1][i]), even23 = EVEN128(quads[2][i], quads[3][i]);
    const v16 odd01 = ODD128(quads[0][i], quads[1][i]), odd23 = ODD128(quads[2][i], quads[3][i]);
    sk_store(out + i * outStride, EVEN128(even01, even23));
    sk_store(out + (4 + i) * outStride, EVEN128(odd01, odd23));
    sk_store(out + (8 + i) * outStride, ODD128(even01, even23));
    sk_store(out + (12 + i) * outStride, ODD128(odd01, odd23));
  }
}

SK_KERNEL(void, sk_transpose,
          (float *out, int64_t outStride, const float *in, int64_t stride, int64_t outer, int64_t inner, float scale),
          (out, outStride, in, stride, outer, inner, scale)) {
  for (int64_t j = 0; j < outer; j += 16) {
    const int64_t tall = outer - j < 16 ? outer - j : 16;
    for (int64_t i = 0; i < inner; i += 16) {
      const int64_t wide = inner - i < 16 ? inner - i : 16;
      const float *from = in + j * stride + i;
      float *to = out + i * outStride + j;
      if (tall == 16 && wide == 16) {
        transpose16(to, outStride, from, stride, scale);
        continue;
      }
      float block[2][16 * 16];
      for (int64_t e = 0; e < tall; e++) memcpy(block[0] + 16 * e, from + e * stride, (size_t)wide * sizeof(float));
      for (int64_t e = tall; e < 16; e++) memset(block[0] + 16 * e, 0, 16 * sizeof(float));
      transpose16(block[1], 16, block[0], 16, scale);
      for (int64_t e = 0; e < wide; e++) memcpy(to + e * outStride, block[1] + 16 * e, (size_t)tall * sizeof(float));
    }
  }
}

void sk_packRows(float *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth, float alpha) {
  enum { TALL = 16 };  // rows are read as far as they go, panels are written some rows at a time
  for (int64_t first = 0; first < depth; first += TALL) {
    const int64_t end = depth - first < TALL ? depth : first + TALL;
    for (int64_t column = 0; column < columns; column += width) {
      const int64_t there = columns - column < width ? columns - column : width;
      for (int64_t k = first; k < end; k++) {
        float *to = panels + column * depth + k * width;
        const float *from = b + k * stride + column;
        if (there == 32) memcpy(to, from, 32 * sizeof(float));
        else memcpy(to, from, (size_t)there * sizeof(float));
        if (alpha != 1) sk_scale(to, there, alpha);
        for (int64_t j = there; j < width; j++) to[j] = 0;
      }
    }
  }
}

void sk_packColumns(float *panels, int64_t width, const float *b, int64_t stride, int64_t columns, int64_t depth, float alpha) {
  for (int64_t column = 0; column < columns; column += width) {
    float *panel = panels + column * depth;
    const int64_t there = columns - column < width ? columns - column : width;
    sk_transpose(panel, width, b + column * stride, stride, there, depth, alpha);
    if (there < width)
      for (int64_t k = 0; k < depth; k++)
        for (int64_t j = there; j < width; j++) panel[k * width + j] = 0;
  }
}

SK_KERNEL(void, copyRows, (float *out, int64_t outStride, const float *a, int64_t stride, int64_t rows, int64_t depth, float alpha),
          (out, outStride, a, stride, rows, depth, alpha)) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t k = 0; k < depth; k++) out[i * outStride + k] = alpha * a[i * stride + k];
}

void sk_copyScaled(float *out, int64_t outStride, const float *a, int64_t stride, int transposed, int64_t rows, int64_t depth,
                   float alpha) {
  if (transposed) sk_transpose(out, outStride, a, stride, depth, rows, alpha);
  else copyRows(out, outStride, a, stride, rows, depth, alpha);
}

int64_t sk_packedBytes(int64_t columns, int64_t depth, int half) {
  const int64_t there = (columns + sk_panel() - 1) / sk_panel() * sk_panel();
  if (half && sk_hasBFloat16Products()) return there * ((depth + 1) / 2) * (int64_t)sizeof(uint32_t);
  return there * depth * (half ? (int64_t)sizeof(uint16_t) : (int64_t)sizeof(float));
}

void sk_pack(void *packed, const float *weights, int64_t columns, int64_t depth, int half) {
  const int64_t width = sk_panel();
  if (!half) {
    sk_packColumns(packed, width, weights, depth, columns, depth, 1);
    return;
  }
  if (sk_hasBFloat16Products()) {
    sk_pairColumns(packed, width, weights, depth, columns, depth, 1);
    return;
  }
  float *panel = sk_scratch(1, (size_t)(width * depth + 1) * sizeof(float));
  for (int64_t column = 0; column < columns; column += width) {
    const int64_t there = columns - column < width ? columns - column : width;
    sk_packColumns(panel, width, weights + column * depth, depth, there, depth, 1);
    sk_toBFloat16((uint16_t *)packed + column * depth, panel, width * depth);
  }
}
