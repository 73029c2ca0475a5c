#include "internal.h"

// Σ x·y over a row, in sixteen double lanes.
SK_INLINE double dotRow(const float *x, const float *y, int64_t width) {
  double lanes[16] = {0};
  int64_t d = 0;
  for (; d + 16 <= width; d += 16)
    for (int i = 0; i < 16; i++) lanes[i] += (double)x[d + i] * (double)y[d + i];
  for (int i = 0; d + i < width; i++) lanes[i] += (double)x[d + i] * (double)y[d + i];
  return sk_sumLanes(lanes);
}

SK_KERNEL(void, sk_rmsNorm,
          (float *out, float *inverseRMS, const float *x, const float *gain, float epsilon, int64_t rows, int64_t width),
          (out, inverseRMS, x, gain, epsilon, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    const float *row = x + t * width;
    double s = 1.0 / sqrt(dotRow(row, row, width) / (double)width + (double)epsilon);
    for (int64_t d = 0; d < width; d++) out[t * width + d] = (float)((double)row[d] * s * (double)gain[d]);
    if (inverseRMS) inverseRMS[t] = (float)s;
  }
}

// forward: out = x · s · gain, s = (mean(x²) + ε)^-½
//   dx = s · (gain ∘ dOut) − x · s³ / D · Σ(gain ∘ dOut ∘ x)
SK_KERNEL(void, sk_rmsNormBackward,
          (float *dx, float *dGain, const float *dOut, const float *x, const float *gain, const float *inverseRMS, int64_t rows,
           int64_t width),
          (dx, dGain, dOut, x, gain, inverseRMS, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    const float *row = x + t * width, *dRow = dOut + t * width;
    double s = inverseRMS[t], sum = 0;
    double lanes[16] = {0};
    int64_t d = 0;
    for (; d + 16 <= width; d += 16)
      for (int i = 0; i < 16; i++) lanes[i] += (double)gain[d + i] * (double)dRow[d + i] * (double)row[d + i];
    for (int i = 0; d + i < width; i++) lanes[i] += (double)gain[d + i] * (double)dRow[d + i] * (double)row[d + i];
    sum = sk_sumLanes(lanes) * s * s * s / (double)width;
    for (int64_t e = 0; e < width; e++)
      dx[t * width + e] += (float)(s * (double)gain[e] * (double)dRow[e] - (double)row[e] * sum);
    if (dGain)
      for (int64_t e = 0; e < width; e++) dGain[e] += (float)((double)dRow[e] * (double)row[e] * s);
  }
}
