#include "internal.h"

SK_KERNEL(void, sk_logSumExp,
          (double *logSum, int32_t *argmax, const float *logits, int64_t rows, int64_t width),
          (logSum, argmax, logits, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    const float *row = logits + t * width;
    float top = -INFINITY;
    int64_t i = 0;
    v16 tops = sk_splat(-INFINITY);
    for (; i + 16 <= width; i += 16) tops = __builtin_elementwise_max(tops, sk_load(row + i));
    for (int j = 0; j < 16; j++) top = tops[j] > top ? tops[j] : top;
    for (; i < width; i++) top = row[i] > top ? row[i] : top;
    int64_t first = 0;
    while (first < width - 1 && row[first] != top) first++;
    argmax[t] = (int32_t)first;
    // Sixteen float32 lanes, each summed in order, as torch does where vectors have sixteen lanes: over a vocabulary this
    // differs from the exact sum by about 1e-5 nats a token, always to the same side, and long texts are compared with torch.
    v16 sum = sk_splat(0);
    for (i = 0; i < width; i += 16) {
      int64_t n = width - i < 16 ? width - i : 16;
      v16 x = n == 16 ? sk_load(row + i) : sk_loadPart(row + i, n, -INFINITY);
      sum += sk_exp(x - sk_splat(top));
    }
    double lanes[16];
    for (int j = 0; j < 16; j++) lanes[j] = sum[j];
    logSum[t] = (double)top + sk_log64(sk_sumLanes(lanes));
  }
}

SK_KERNEL(void, sk_logMoments,
          (double *mean, double *variance, const float *logits, int64_t width), (mean, variance, logits, width)) {
  float top = -INFINITY;
  for (int64_t i = 0; i < width; i++) top = logits[i] > top ? logits[i] : top;
  // Sums of p, p·d and p·d², d = logit − top, sixteen lanes each. Where d is so low that p is 0 it must not be infinite.
  double sums[3][16] = {{0}};
  for (int64_t i = 0; i < width; i += 16) {
    int64_t n = width - i < 16 ? width - i : 16;
    v16 x = n == 16 ? sk_load(logits + i) : sk_loadPart(logits + i, n, -INFINITY);
    v16 d = __builtin_elementwise_max(x - sk_splat(top), sk_splat(-200.0f)), p = sk_exp(d);
    for (int j = 0; j < 16; j++) {
      double share = p[j], distance = d[j];
      sums[0][j] += share;
      sums[1][j] += share * distance;
      sums[2][j] += share * distance * distance;
    }
  }
  double all = sk_sumLanes(sums[0]);
  double first = sk_sumLanes(sums[1]) / all, second = sk_sumLanes(sums[2]) / all;
  *mean = first - sk_log64(all);
  *variance = second > first * first ? second - first * first : 0;
}
