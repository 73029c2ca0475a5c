#include "internal.h"

// cap · tanh(scale · x / cap) = cap · (1 − 2 / (1 + e^(2·scale·x / cap)))
SK_KERNEL(void, sk_softCap, (float *x, int64_t count, float scale, float cap), (x, count, scale, cap)) {
  const float factor = 2 * scale / cap;
  for (int64_t i = 0; i < count; i += 16) {
    const int64_t n = count - i < 16 ? count - i : 16;
    const v16 value = sk_loadPart(x + i, n, 0);
    sk_storePart(x + i, cap * (1.0f - 2.0f / (1.0f + sk_exp(factor * value))), n);
  }
}

// forward: y = cap · tanh(scale · x / cap);  dx = dy · scale · (1 − (y / cap)²)
SK_KERNEL(void, sk_softCapBackward, (float *d, const float *capped, int64_t count, float scale, float cap),
          (d, capped, count, scale, cap)) {
  for (int64_t i = 0; i < count; i++) {
    const float share = capped[i] / cap;
    d[i] *= scale * (1 - share * share);
  }
}
