#include "internal.h"

SK_KERNEL(void, sk_layerNorm,
          (float *out, float *mean, float *inverseDeviation, const float *x, const float *gain, const float *bias, float epsilon,
           int64_t rows, int64_t width),
          (out, mean, inverseDeviation, x, gain, bias, epsilon, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    const float *row = x + t * width;
    double sums[16] = {0}, squares[16] = {0};
    int64_t d = 0;
    for (; d + 16 <= width; d += 16)
      for (int i = 0; i < 16; i++) {
        const double value = row[d + i];
        sums[i] += value;
        squares[i] += value * value;
      }
    for (int i = 0; d + i < width; i++) {
      const double value = row[d + i];
      sums[i] += value;
      squares[i] += value * value;
    }
    const double center = sk_sumLanes(sums) / (double)width;
    const double variance = fmax(sk_sumLanes(squares) / (double)width - center * center, 0);
    const float m = (float)center, s = (float)(1.0 / sqrt(variance + (double)epsilon));
    for (int64_t e = 0; e < width; e++) out[t * width + e] = (row[e] - m) * s * gain[e] + bias[e];
    if (mean) mean[t] = m;
    if (inverseDeviation) inverseDeviation[t] = s;
  }
}

// forward: out = n · gain + bias, n = (x − mean) · s, s = (variance + ε)^-½
//   g = gain ∘ dOut;  dx = s · (g − mean(g) − n · mean(g ∘ n))
SK_KERNEL(void, sk_layerNormBackward,
          (float *dx, float *dGain, float *dBias, const float *dOut, const float *x, const float *gain, const float *mean, const
           float *inverseDeviation, int64_t rows, int64_t width),
          (dx, dGain, dBias, dOut, x, gain, mean, inverseDeviation, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    const float *row = x + t * width, *dRow = dOut + t * width;
    const float m = mean[t], s = inverseDeviation[t];
    double sums[16] = {0}, along[16] = {0};
    for (int64_t d = 0; d < width; d += 16)
      for (int i = 0; i < 16 && d + i < width; i++) {
        const double g = (double)gain[d + i] * (double)dRow[d + i];
        sums[i] += g;
        along[i] += g * (double)((row[d + i] - m) * s);
      }
    const float level = (float)(sk_sumLanes(sums) / (double)width), slope = (float)(sk_sumLanes(along) / (double)width);
    for (int64_t e = 0; e < width; e++) {
      const float n = (row[e] - m) * s;
      dx[t * width + e] += s * (gain[e] * dRow[e] - level - n * slope);
      dGain[e] += dRow[e] * n;
      dBias[e] += dRow[e];
    }
  }
}
