#include "internal.h"

// Largest of a row.
SK_INLINE float topOf(const float *row, int64_t width) {
  v16 tops = sk_splat(-INFINITY);
  float top = -INFINITY;
  int64_t i = 0;
  for (; i + 16 <= width; i += 16) tops = __builtin_elementwise_max(tops, sk_load(row + i));
  for (int j = 0; j < 16; j++) top = tops[j] > top ? tops[j] : top;
  for (; i < width; i++) top = row[i] > top ? row[i] : top;
  return top;
}

// exp(row − top) into out (may be the row itself); returns the sum.
SK_INLINE double expInto(float *out, const float *row, int64_t width, float top) {
  double lanes[16] = {0};
  for (int64_t i = 0; i < width; i += 16) {
    const int64_t n = width - i < 16 ? width - i : 16;
    v16 x = n == 16 ? sk_load(row + i) : sk_loadPart(row + i, n, -INFINITY);
    v16 e = sk_exp(x - sk_splat(top));
    if (out) { if (n == 16) sk_store(out + i, e); else sk_storePart(out + i, e, n); }
    float part[16];
    sk_store(part, e);
    for (int j = 0; j < 16; j++) lanes[j] += part[j];
  }
  return sk_sumLanes(lanes);
}

// loss = −weight · log softmax(row)[target];  gradient = weight · (softmax(row) − onehot(target))
SK_KERNEL(void, sk_crossEntropy,
          (float *logits, double *logLikelihood, const int32_t *targets, const float *weights, int64_t rows, int64_t width),
          (logits, logLikelihood, targets, weights, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    float *row = logits + t * width;
    const float top = topOf(row, width), chosen = row[targets[t]];
    const double sum = expInto(weights ? row : 0, row, width, top);
    logLikelihood[t] = (double)chosen - (double)top - sk_log64(sum);
    if (!weights) continue;
    const float scale = (float)((double)weights[t] / sum);
    for (int64_t i = 0; i < width; i++) row[i] *= scale;
    row[targets[t]] -= weights[t];
  }
}

// exp(other − top) into other; returns the sum, and Σ exp(other − top) · (other − row) in `cross`.
SK_INLINE double expReference(float *other, const float *row, int64_t width, float top, double *cross) {
  double sums[16] = {0}, crosses[16] = {0};
  for (int64_t i = 0; i < width; i += 16) {
    const int64_t n = width - i < 16 ? width - i : 16;
    v16 e = sk_exp(sk_loadPart(other + i, n, -INFINITY) - sk_splat(top));
    v16 c = e * (sk_loadPart(other + i, n, 0) - sk_loadPart(row + i, n, 0));
    sk_storePart(other + i, e, n);
    float eLanes[16], cLanes[16];
    sk_store(eLanes, e);
    sk_store(cLanes, c);
    for (int j = 0; j < 16; j++) {
      sums[j] += eLanes[j];
      crosses[j] += cLanes[j];
    }
  }
  *cross = sk_sumLanes(crosses);
  return sk_sumLanes(sums);
}

// loss = weight · Σ p (log p − log q), p = softmax(reference), q = softmax(row);  gradient = weight · (q − p)
SK_KERNEL(void, sk_divergence,
          (float *logits, double *divergence, float *reference, const float *weights, int64_t rows, int64_t width),
          (logits, divergence, reference, weights, rows, width)) {
  for (int64_t t = 0; t < rows; t++) {
    float *row = logits + t * width, *other = reference + t * width;
    const float top = topOf(row, width), otherTop = topOf(other, width);
    double cross;
    const double otherSum = expReference(other, row, width, otherTop, &cross);
    const double sum = expInto(row, row, width, top);
    divergence[t] = cross / otherSum + (double)top - (double)otherTop + sk_log64(sum) - sk_log64(otherSum);
    const float q = (float)((double)weights[t] / sum), p = (float)((double)weights[t] / otherSum);
    for (int64_t i = 0; i < width; i++) row[i] = row[i] * q - other[i] * p;
  }
}
