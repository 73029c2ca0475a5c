#include "internal.h"

// exp(scale·(x − max)) in place over `count` columns; returns their sum.
SK_INLINE double expRow(float *row, int64_t count, float scale) {
  float top = -INFINITY;
  for (int64_t i = 0; i < count; i++) top = row[i] > top ? row[i] : top;
  double lanes[16] = {0};
  for (int64_t i = 0; i < count; i += 16) {
    int64_t n = count - i < 16 ? count - i : 16;
    v16 x = n == 16 ? sk_load(row + i) : sk_loadPart(row + i, n, -INFINITY);
    v16 e = sk_exp((x - sk_splat(top)) * sk_splat(scale));
    if (n == 16) sk_store(row + i, e); else sk_storePart(row + i, e, n);
    float part[16];
    sk_store(part, e);
    for (int j = 0; j < 16; j++) lanes[j] += part[j];
  }
  return sk_sumLanes(lanes);
}

SK_KERNEL(void, sk_causalSoftmax, (float *scores, int64_t rows, float scale, int64_t window), (scores, rows, scale, window)) {
  for (int64_t t = 0; t < rows; t++) {
    float *row = scores + t * rows;
    int64_t from = window > 0 && t - window + 1 > 0 ? t - window + 1 : 0;
    double sum = expRow(row + from, t + 1 - from, scale);
    float inverse = (float)(1.0 / sum);
    for (int64_t i = 0; i < from; i++) row[i] = 0;
    for (int64_t i = from; i <= t; i++) row[i] *= inverse;
    for (int64_t i = t + 1; i < rows; i++) row[i] = 0;
  }
}

// d becomes scale · q ∘ (d − Σ q ∘ d) over `count` columns.
SK_INLINE void softmaxGradient(float *d, const float *q, int64_t count, float scale) {
  double lanes[16] = {0};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < 16; j++) lanes[j] += (double)d[i + j] * (double)q[i + j];
  for (int j = 0; i + j < count; j++) lanes[j] += (double)d[i + j] * (double)q[i + j];
  float sum = (float)sk_sumLanes(lanes);
  for (int64_t k = 0; k < count; k++) d[k] = scale * q[k] * (d[k] - sum);
}

SK_KERNEL(void, sk_causalSoftmaxBackward, (float *dP, const float *p, int64_t rows, float scale), (dP, p, rows, scale)) {
  for (int64_t t = 0; t < rows; t++) {
    softmaxGradient(dP + t * rows, p + t * rows, t + 1, scale);
    for (int64_t k = t + 1; k < rows; k++) dP[t * rows + k] = 0;
  }
}

SK_KERNEL(void, sk_softmax, (float *scores, int64_t rows, float scale), (scores, rows, scale)) {
  for (int64_t t = 0; t < rows; t++) {
    float *row = scores + t * rows;
    float inverse = (float)(1.0 / expRow(row, rows, scale));
    for (int64_t i = 0; i < rows; i++) row[i] *= inverse;
  }
}

SK_KERNEL(void, sk_softmaxBackward, (float *dP, const float *p, int64_t rows, float scale), (dP, p, rows, scale)) {
  for (int64_t t = 0; t < rows; t++) softmaxGradient(dP + t * rows, p + t * rows, rows, scale);
}
