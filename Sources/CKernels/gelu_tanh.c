#include "internal.h"

// x · σ(2u) = ½x · (1 + tanh u), u = √(2/π) · (x + 0.044715·x³)
#define SLOPE 1.5957691216f
#define CUBIC 0.044715f
#define sigmoid(x) (1.0f / (1.0f + sk_exp(-(x))))

SK_INLINE void geluOf(v16 *value) {
  const v16 x = *value;
  *value = x * sigmoid(SLOPE * x * (1.0f + CUBIC * x * x));
}

// σ(z) + x · σ(z) · (1 − σ(z)) · dz/dx, z = 2u
SK_INLINE void slopeOf(v16 *value) {
  const v16 x = *value, s = sigmoid(SLOPE * x * (1.0f + CUBIC * x * x));
  *value = s + x * s * (1.0f - s) * (SLOPE * (1.0f + 3.0f * CUBIC * x * x));
}

SK_KERNEL(void, sk_geluTanh, (float *out, const float *x, int64_t count), (out, x, count)) {
  for (int64_t i = 0; i < count; i += 16) {
    const int64_t n = count - i < 16 ? count - i : 16;
    v16 value = sk_loadPart(x + i, n, 0);
    geluOf(&value);
    sk_storePart(out + i, value, n);
  }
}

SK_KERNEL(void, sk_geluTanhBackward, (float *dx, const float *dOut, const float *x, int64_t count), (dx, dOut, x, count)) {
  for (int64_t i = 0; i < count; i += 16) {
    const int64_t n = count - i < 16 ? count - i : 16;
    v16 slope = sk_loadPart(x + i, n, 0);
    slopeOf(&slope);
    sk_storePart(dx + i, sk_loadPart(dOut + i, n, 0) * slope, n);
  }
}

SK_KERNEL(void, sk_geglu, (float *out, const float *gateUp, int64_t rows, int64_t width), (out, gateUp, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    const float *gate = gateUp + 2 * t * width, *up = gate + width;
    float *o = out + t * width;
    int64_t f = 0;
    for (; f + 16 <= width; f += 16) {
      v16 g = sk_load(gate + f);
      geluOf(&g);
      sk_store(o + f, g * sk_load(up + f));
    }
    if (f < width) {
      v16 g = sk_loadPart(gate + f, width - f, 0), u = sk_loadPart(up + f, width - f, 0);
      geluOf(&g);
      sk_storePart(o + f, g * u, width - f);
    }
  }
}

// forward: out = gelu(g) · u;  dg = dOut · u · gelu′(g),  du = dOut · gelu(g)
SK_KERNEL(void, sk_gegluBackward,
          (float *dGateUp, const float *dOut, const float *gateUp, int64_t rows, int64_t width),
          (dGateUp, dOut, gateUp, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    const float *gate = gateUp + 2 * t * width, *up = gate + width, *d = dOut + t * width;
    float *dGate = dGateUp + 2 * t * width, *dUp = dGate + width;
    for (int64_t f = 0; f < width; f += 16) {
      const int64_t n = width - f < 16 ? width - f : 16;
      v16 value = sk_loadPart(gate + f, n, 0), slope = value;
      const v16 u = sk_loadPart(up + f, n, 0), dRow = sk_loadPart(d + f, n, 0);
      slopeOf(&slope);
      geluOf(&value);
      sk_storePart(dGate + f, dRow * u * slope, n);
      sk_storePart(dUp + f, dRow * value, n);
    }
  }
}
