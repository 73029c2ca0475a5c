#include "internal.h"

// Whether element `index` survives, as 0 or 1 / (1 − rate): a hash of seed and index (Steele et al. 2014, SplitMix64), so that the
// backward pass needs no stored mask.
SK_INLINE float survivor(uint64_t seed, int64_t index, uint64_t threshold, float scale) {
  uint64_t z = seed + ((uint64_t)index + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return (z >> 32) < threshold ? 0 : scale;
}

SK_KERNEL(void, sk_dropout,
          (float *out, const float *x, int64_t first, int64_t count, uint64_t seed, double rate, int accumulate),
          (out, x, first, count, seed, rate, accumulate)) {
  const uint64_t threshold = (uint64_t)(rate * 4294967296.0);
  const float scale = (float)(1 / (1 - rate));
  for (int64_t i = 0; i < count; i++) {
    const float value = x[i] * survivor(seed, first + i, threshold, scale);
    out[i] = accumulate ? out[i] + value : value;
  }
}
