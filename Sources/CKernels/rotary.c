#include "internal.h"

SK_KERNEL(void, sk_rotate,
          (float *x, int64_t stride, const float *cosines, const float *sines, const int32_t *positions, int64_t rows, int64_t
           heads, int64_t headWidth, int64_t rotaryWidth, float direction),
          (x, stride, cosines, sines, positions, rows, heads, headWidth, rotaryWidth, direction)) {
  const int64_t half = rotaryWidth / 2;
  for (int64_t t = 0; t < rows; t++) {
    const float *c = cosines + (int64_t)positions[t] * half, *s = sines + (int64_t)positions[t] * half;
    for (int64_t h = 0; h < heads; h++) {
      float *low = x + t * stride + h * headWidth, *high = low + half;
      for (int64_t i = 0; i < half; i++) {
        float a = low[i], b = high[i], sine = direction * s[i];
        low[i] = a * c[i] - b * sine;
        high[i] = b * c[i] + a * sine;
      }
    }
  }
}
