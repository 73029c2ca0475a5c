#include "internal.h"

SK_KERNEL(void, sk_addTo, (double *sum, const float *x, int64_t count), (sum, x, count)) {
  for (int64_t i = 0; i < count; i++) sum[i] += (double)x[i];
}

SK_KERNEL(void, sk_addSignsTo, (double *sum, const float *x, int64_t count), (sum, x, count)) {
  for (int64_t i = 0; i < count; i++) sum[i] += (double)((x[i] > 0) - (x[i] < 0));
}

SK_KERNEL(int64_t, sk_excessOfPositives, (const double *x, int64_t count), (x, count)) {
  int64_t excess = 0;
  for (int64_t i = 0; i < count; i++) excess += (x[i] > 0) - (x[i] < 0);
  return excess;
}

SK_KERNEL(void, sk_addAgreeingTo,
          (double *sums, double *shares, const float *x, const double *elected, double factor, double share, int64_t count),
          (sums, shares, x, elected, factor, share, count)) {
  for (int64_t i = 0; i < count; i++) {
    const double value = (double)x[i];
    const int agrees = value * elected[i] > 0;
    sums[i] += agrees ? value * factor : 0.0;
    shares[i] += agrees ? share : 0.0;
  }
}

SK_KERNEL(void, sk_signs, (double *x, double zero, int64_t count), (x, zero, count)) {
  for (int64_t i = 0; i < count; i++) x[i] = x[i] > 0 ? 1.0 : x[i] < 0 ? -1.0 : zero;
}

SK_KERNEL(void, sk_scaledQuotient,
          (float *out, const double *x, const double *divisors, double scale, int64_t count),
          (out, x, divisors, scale, count)) {
  for (int64_t i = 0; i < count; i++) out[i] = (float)(scale * x[i] / (divisors[i] != 0 ? divisors[i] : 1.0));
}

SK_KERNEL(int64_t, sk_countOfMagnitude, (const float *x, float magnitude, int64_t count), (x, magnitude, count)) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; i++) found += fabsf(x[i]) == magnitude;
  return found;
}

SK_KERNEL(void, sk_zeroBelow, (float *x, float magnitude, int64_t count), (x, magnitude, count)) {
  for (int64_t i = 0; i < count; i++) x[i] = fabsf(x[i]) < magnitude ? 0.0f : x[i];
}

SK_KERNEL(uint32_t, sk_largestMagnitudeBits, (const float *x, int64_t count), (x, count)) {
  uint32_t largest = 0;
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, 4);
    bits &= 0x7fffffffu;
    largest = bits > largest ? bits : largest;
  }
  return largest;
}
