#include "product.h"

#include <stdio.h>
#include <stdlib.h>

typedef float v4 __attribute__((vector_size(16), aligned(4)));
#define LOAD4(p) (*(const v4 *)(p))
#define STORE4(p, v) (*(v4 *)(p) = (v))

void *sk_scratch(int number, size_t bytes) {
  static _Thread_local struct {
    void *memory;
    size_t bytes;
  } buffers[4];
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

// out[i · outStride + j] = scale · in[j · stride + i] for i, j in 0…3.
SK_INLINE void transpose4(float *out, int64_t outStride, const float *in, int64_t stride, float scale) {
  const v4 a = LOAD4(in), b = LOAD4(in + stride), c = LOAD4(in + 2 * stride), d = LOAD4(in + 3 * stride);
  const v4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const v4 AB = __builtin_shufflevector(a, b, 2, 6, 3, 7), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  STORE4(out, scale * __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  STORE4(out + outStride, scale * __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  STORE4(out + 2 * outStride, scale * __builtin_shufflevector(AB, CD, 0, 1, 4, 5));
  STORE4(out + 3 * outStride, scale * __builtin_shufflevector(AB, CD, 2, 3, 6, 7));
}

// out [inner, outer] (rows outStride apart) = scale · the transpose of in [outer, inner] (rows stride apart).
SK_INLINE void transpose(float *out, int64_t outStride, const float *in, int64_t stride, int64_t outer, int64_t inner, float scale) {
  int64_t j = 0;
  for (; j + 4 <= outer; j += 4) {
    int64_t i = 0;
    for (; i + 4 <= inner; i += 4) transpose4(out + i * outStride + j, outStride, in + j * stride + i, stride, scale);
    for (; i < inner; i++)
      for (int64_t e = j; e < j + 4; e++) out[i * outStride + e] = scale * in[e * stride + i];
  }
  for (; j < outer; j++)
    for (int64_t i = 0; i < inner; i++) out[i * outStride + j] = scale * in[j * stride + i];
}

void sk_packRows(float *panels, const float *b, int64_t stride, int64_t columns, int64_t depth) {
  const int64_t width = sk_panel();
  for (int64_t column = 0; column < columns; column += width) {
    float *panel = panels + column * depth;
    const int64_t there = columns - column < width ? columns - column : width;
    for (int64_t k = 0; k < depth; k++) {
      memcpy(panel + k * width, b + k * stride + column, (size_t)there * sizeof(float));
      for (int64_t j = there; j < width; j++) panel[k * width + j] = 0;
    }
  }
}

void sk_packColumns(float *panels, const float *b, int64_t stride, int64_t columns, int64_t depth) {
  const int64_t width = sk_panel();
  for (int64_t column = 0; column < columns; column += width) {
    float *panel = panels + column * depth;
    const int64_t there = columns - column < width ? columns - column : width;
    transpose(panel, width, b + column * stride, stride, there, depth, 1);
    if (there < width)
      for (int64_t k = 0; k < depth; k++)
        for (int64_t j = there; j < width; j++) panel[k * width + j] = 0;
  }
}

void sk_copyScaled(float *out, int64_t outStride, const float *a, int64_t stride, int transposed, int64_t rows, int64_t depth,
                   float alpha) {
  if (transposed) {
    transpose(out, outStride, a, stride, depth, rows, alpha);
    return;
  }
  for (int64_t i = 0; i < rows; i++)
    for (int64_t k = 0; k < depth; k++) out[i * outStride + k] = alpha * a[i * stride + k];
}

float *sk_pieceMemory(int64_t count) { return sk_scratch(2, (size_t)(count + 1) * sizeof(float)); }

int64_t sk_packedBytes(int64_t columns, int64_t depth, int half) {
  const int64_t there = (columns + sk_panel() - 1) / sk_panel() * sk_panel();
  if (half && sk_hasBFloat16Products()) return there * ((depth + 1) / 2) * (int64_t)sizeof(uint32_t);
  return there * depth * (half ? (int64_t)sizeof(uint16_t) : (int64_t)sizeof(float));
}

void sk_pack(void *packed, const float *weights, int64_t columns, int64_t depth, int half) {
  const int64_t width = sk_panel();
  if (!half) {
    sk_packColumns(packed, weights, depth, columns, depth);
    return;
  }
  float *panel = sk_scratch(1, (size_t)(width * depth + 1) * sizeof(float));
  for (int64_t column = 0; column < columns; column += width) {
    const int64_t there = columns - column < width ? columns - column : width;
    sk_packColumns(panel, weights + column * depth, depth, there, depth);
    if (sk_hasBFloat16Products()) sk_pairPanels((uint32_t *)packed + column * ((depth + 1) / 2), panel, width, depth);
    else sk_toBFloat16((uint16_t *)packed + column * depth, panel, width * depth);
  }
}
