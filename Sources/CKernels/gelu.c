#include "internal.h"

// 1 + erf(x / √2), to 1e-7. With t = |x| / √2, erfc(t) = exp(−p(t)) for a polynomial p fitted to 0…5 (minimax, weighted by erfc;
// beyond, erfc is below 2e-12), and 1 + erf is erfc(t) for negative x, 2 − erfc(t) for others.
SK_INLINE void onePlusErf(v16 *value) {
  const v16 x = *value;
  const v16 t = __builtin_elementwise_min(__builtin_elementwise_abs(x) * 0.70710678f, sk_splat(5.0f));
  v16 p = sk_splat(-6.5086181364e-08f);
  p = sk_fma(p, t, sk_splat(1.8403996671e-06f));
  p = sk_fma(p, t, sk_splat(-2.2764127556e-05f));
  p = sk_fma(p, t, sk_splat(1.6082763854e-04f));
  p = sk_fma(p, t, sk_splat(-6.9743618815e-04f));
  p = sk_fma(p, t, sk_splat(1.6976387116e-03f));
  p = sk_fma(p, t, sk_splat(-1.2814639565e-04f));
  p = sk_fma(p, t, sk_splat(-1.9201931969e-02f));
  p = sk_fma(p, t, sk_splat(1.0280122615e-01f));
  p = sk_fma(p, t, sk_splat(6.3661491303e-01f));
  p = sk_fma(p, t, sk_splat(1.1283794310e+00f));
  v16 tail = -p * t;  // −28 to 0
  sk_expNearZero(&tail);
  const v16 rest = 2.0f - tail;
  const i16 negative = x < 0.0f;
  *value = (v16)((negative & (i16)tail) | (~negative & (i16)rest));
}

SK_INLINE void gelu(v16 *value) {
  v16 sum = *value;
  onePlusErf(&sum);
  *value = 0.5f * *value * sum;
}

SK_KERNEL(void, sk_gelu, (float *out, const float *x, int64_t count), (out, x, count)) {
  for (int64_t i = 0; i < count; i += 16) {
    const int64_t n = count - i < 16 ? count - i : 16;
    v16 value = n == 16 ? sk_load(x + i) : sk_loadPart(x + i, n, 0);
    gelu(&value);
    if (n == 16) sk_store(out + i, value); else sk_storePart(out + i, value, n);
  }
}

SK_INLINE void geluRows(void *out, int64_t outStride, int half, const float *x, int64_t stride, const float *bias, int64_t rows,
                        int64_t columns) {
  for (int64_t t = 0; t < rows; t++) {
    int64_t i = 0;
    for (; i + 16 <= columns; i += 16) {
      v16 value = sk_load(x + t * stride + i) + sk_load(bias + i);
      gelu(&value);
      sk_storeRounded(out, t * outStride + i, &value, 16, half);
    }
    if (i == columns) continue;
    v16 value = sk_loadPart(x + t * stride + i, columns - i, 0) + sk_loadPart(bias + i, columns - i, 0);
    gelu(&value);
    sk_storeRounded(out, t * outStride + i, &value, columns - i, half);
  }
}

SK_KERNEL(void, sk_geluRows,
          (void *out, int64_t outStride, int half, const float *x, int64_t stride, const float *bias, int64_t rows,
           int64_t columns),
          (out, outStride, half, x, stride, bias, rows, columns)) {
  if (half) geluRows(out, outStride, 1, x, stride, bias, rows, columns);
  else geluRows(out, outStride, 0, x, stride, bias, rows, columns);
}

// forward: out = x · Φ(x);  dx = dOut · (Φ(x) + x · φ(x)),  φ(x) = exp(−x²/2) / √(2π)
SK_KERNEL(void, sk_geluBackward, (float *dx, const float *dOut, const float *x, int64_t count), (dx, dOut, x, count)) {
  for (int64_t i = 0; i < count; i += 16) {
    const int64_t n = count - i < 16 ? count - i : 16;
    v16 value = sk_loadPart(x + i, n, 0), d = sk_loadPart(dOut + i, n, 0), sum = value;
    onePlusErf(&sum);
    const v16 density = 0.39894228f * sk_exp(-0.5f * value * value);
    sk_storePart(dx + i, d * (0.5f * sum + value * density), n);
  }
}
