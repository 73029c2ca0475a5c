#include "internal.h"

#define sigmoid(x) (1.0f / (1.0f + sk_exp(-(x))))

SK_KERNEL(void, sk_swiglu, (float *out, const float *gateUp, int64_t rows, int64_t width), (out, gateUp, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    const float *gate = gateUp + 2 * t * width, *up = gate + width;
    float *o = out + t * width;
    int64_t f = 0;
    for (; f + 16 <= width; f += 16) {
      v16 g = sk_load(gate + f);
      sk_store(o + f, g * sigmoid(g) * sk_load(up + f));
    }
    if (f < width) {
      v16 g = sk_loadPart(gate + f, width - f, 0), u = sk_loadPart(up + f, width - f, 0);
      sk_storePart(o + f, g * sigmoid(g) * u, width - f);
    }
  }
}

SK_INLINE void swigluRows(void *out, int64_t outStride, int half, const float *x, int64_t stride, const float *gateBias,
                          const float *upBias, int64_t rows, int64_t columns) {
  for (int64_t t = 0; t < rows; t++) {
    const float *gate = x + t * stride, *up = gate + columns;
    for (int64_t f = 0; f < columns; f += 16) {
      const int64_t n = columns - f < 16 ? columns - f : 16;
      v16 g, u;
      if (n == 16) {
        g = sk_load(gate + f);
        u = sk_load(up + f);
      } else {
        g = sk_loadPart(gate + f, n, 0);
        u = sk_loadPart(up + f, n, 0);
      }
      if (gateBias) {
        g += sk_loadPart(gateBias + f, n, 0);
        u += sk_loadPart(upBias + f, n, 0);
      }
      const v16 value = g * sigmoid(g) * u;
      if (n == 16) sk_storeRounded(out, t * outStride + f, &value, 16, half);
      else sk_storeRounded(out, t * outStride + f, &value, n, half);
    }
  }
}

SK_KERNEL(void, sk_swigluRows,
          (void *out, int64_t outStride, int half, const float *x, int64_t stride, const float *gateBias, const float *upBias,
           int64_t rows, int64_t columns),
          (out, outStride, half, x, stride, gateBias, upBias, rows, columns)) {
  if (half) swigluRows(out, outStride, 1, x, stride, gateBias, upBias, rows, columns);
  else swigluRows(out, outStride, 0, x, stride, gateBias, upBias, rows, columns);
}

// forward: out = g·σ(g)·u;  dg = dOut·u·σ(g)·(1 + g·(1 − σ(g))),  du = dOut·g·σ(g)
SK_INLINE void swigluGradient(const v16 *gate, const v16 *up, const v16 *dOut, v16 *dGate, v16 *dUp) {
  const v16 g = *gate, u = *up, d = *dOut, s = sigmoid(g);
  *dGate = d * u * s * (1.0f + g * (1.0f - s));
  *dUp = d * g * s;
}

SK_KERNEL(void, sk_swigluBackward,
          (float *dGateUp, const float *dOut, const float *gateUp, int64_t rows, int64_t width),
          (dGateUp, dOut, gateUp, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    const float *gate = gateUp + 2 * t * width, *up = gate + width, *d = dOut + t * width;
    float *dGate = dGateUp + 2 * t * width, *dUp = dGate + width;
    for (int64_t f = 0; f < width; f += 16) {
      const int64_t n = width - f < 16 ? width - f : 16;
      v16 g = sk_loadPart(gate + f, n, 0), u = sk_loadPart(up + f, n, 0), dRow = sk_loadPart(d + f, n, 0), dg, du;
      swigluGradient(&g, &u, &dRow, &dg, &du);
      sk_storePart(dGate + f, dg, n);
      sk_storePart(dUp + f, du, n);
    }
  }
}
