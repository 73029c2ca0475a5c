// Shared by the kernels: run-time dispatch by CPU feature, vectors, and an exponential that every instruction set computes alike.
#ifndef CKERNELS_INTERNAL_H
#define CKERNELS_INTERNAL_H

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "CKernels.h"

// One body, compiled for AVX-512, AVX2 with FMA, and plain x86-64; `sk_instructionSet` chooses. Contraction is off and fused
// products are written as such, so that all versions give the same bits. Elsewhere there is one version, the compiler's for that
// machine.
//
//   SK_KERNEL(void, sk_scale, (float *x, int64_t count), (x, count)) { … }
#define SK_INLINE static inline __attribute__((always_inline))
#if defined(__x86_64__) && defined(__linux__)
#define SK_HAS_VERSIONS 1
// Without the width, Clang makes two vectors of 256 bits out of each of 512, for which the products' tiles have too few registers.
#define SK_TARGET_AVX512 __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define SK_TARGET_AVX2 __attribute__((target("arch=x86-64-v3")))
#define SK_KERNEL(type, name, parameters, arguments)                                                                              \
  SK_INLINE type name##Body parameters;                                                                                           \
  SK_TARGET_AVX512 static type name##AVX512 parameters { return name##Body arguments; }                                          \
  SK_TARGET_AVX2 static type name##AVX2 parameters { return name##Body arguments; }                                              \
  static type name##Portable parameters { return name##Body arguments; }                                                          \
  type name parameters {                                                                                                          \
    switch (sk_instructionSet()) {                                                                                                \
      case SK_AVX512: return name##AVX512 arguments;                                                                              \
      case SK_AVX2: return name##AVX2 arguments;                                                                                  \
      default: return name##Portable arguments;                                                                                   \
    }                                                                                                                             \
  }                                                                                                                               \
  SK_INLINE type name##Body parameters
#else
#define SK_HAS_VERSIONS 0
#define SK_KERNEL(type, name, parameters, arguments) type name parameters
#endif

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i16 __attribute__((vector_size(64), aligned(4)));
typedef uint32_t u16 __attribute__((vector_size(64), aligned(4)));

// Vectors never cross a call by value: before AVX-512 that has no calling convention. Hence macros and pointers, all inlined.
#define sk_load(p) (*(const v16 *)(p))
#define sk_store(p, v) (*(v16 *)(p) = (v))
typedef uint16_t h16 __attribute__((vector_size(32), aligned(2)));
#define sk_loadHalf(p) ((v16)(__builtin_convertvector(*(const h16 *)(p), i16) << 16))
#define sk_fma(a, b, c) __builtin_elementwise_fma(a, b, c)
#define sk_splat(x) ({ const float sk_s = (x); \
  (v16){sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s}; })
#define sk_exp(x) ({ v16 sk_value = (x); sk_expInPlace(&sk_value); sk_value; })
#define sk_loadPart(p, count, fill) ({ v16 sk_value; sk_loadPartTo(&sk_value, p, count, fill); sk_value; })

// e^x = p · 2^whole for −88 < x < 89.
SK_INLINE void sk_expParts(const v16 *x, v16 *p, i16 *whole) {
  const v16 n = __builtin_elementwise_roundeven(*x * 1.44269504f);
  v16 r = sk_fma(n, sk_splat(-0.693359375f), *x);
  r = sk_fma(n, sk_splat(2.12194440e-4f), r);
  v16 sum = sk_splat(1.9875691500e-4f);
  sum = sk_fma(sum, r, sk_splat(1.3981999507e-3f));
  sum = sk_fma(sum, r, sk_splat(8.3334519073e-3f));
  sum = sk_fma(sum, r, sk_splat(4.1665795894e-2f));
  sum = sk_fma(sum, r, sk_splat(1.6666665459e-1f));
  sum = sk_fma(sum, r, sk_splat(5.0000001201e-1f));
  *p = sk_fma(sum, r * r, r) + 1.0f;
  *whole = __builtin_convertvector(n, i16);
}

// e^x, relative error below 2 units in the last place; 0 below −87.3, infinity above 88.7, NaN for NaN.
SK_INLINE void sk_expInPlace(v16 *value) {
  const v16 x = *value, low = sk_splat(-87.33654f), high = sk_splat(88.72283f);
  const v16 clamped = __builtin_elementwise_min(__builtin_elementwise_max(x, low), high);
  v16 p;
  i16 whole;
  sk_expParts(&clamped, &p, &whole);
  i16 half = whole >> 1;  // two factors, so that neither leaves the exponent field
  v16 scale1 = (v16)((half + 127) << 23), scale2 = (v16)((whole - half + 127) << 23);
  v16 result = p * scale1 * scale2;
  const i16 under = x < low, over = x > high, nan = x != x;
  result = (v16)((i16)result & ~under);
  result = (v16)(((i16)result & ~over) | (over & (i16)sk_splat(INFINITY)));
  *value = (v16)(((i16)result & ~nan) | (nan & (i16)x));
}

// The same bits where −80 < x < 80.
SK_INLINE void sk_expNearZero(v16 *value) {
  v16 p;
  i16 whole;
  sk_expParts(value, &p, &whole);
  *value = p * (v16)((whole + 127) << 23);
}

// The bits of a float32 rounded to the nearest bfloat16, ties to even, in their upper half; NaN stays NaN.
SK_INLINE uint32_t sk_roundBits(uint32_t bits) {
  const uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u), nan = bits | 0x400000u;
  return (bits & 0x7fffffffu) > 0x7f800000u ? nan : rounded;
}

// Stores the first `count` numbers, rounded to bfloat16 where `half`, from number `first` of `out` on.
SK_INLINE void sk_storeRounded(void *out, int64_t first, const v16 *value, int64_t count, int half) {
  if (!half) {
    memcpy((float *)out + first, value, (size_t)count * sizeof(float));
    return;
  }
  const u16 bits = (u16)*value, rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
  const u16 nan = (u16)((bits & 0x7fffffffu) > 0x7f800000u);
  const h16 halves = __builtin_convertvector(((rounded & ~nan) | ((bits | 0x400000u) & nan)) >> 16, h16);
  memcpy((uint16_t *)out + first, &halves, (size_t)count * sizeof(uint16_t));
}

// Loads the first `count` (0…16) floats, `fill` elsewhere.
SK_INLINE void sk_loadPartTo(v16 *value, const float *p, int64_t count, float fill) {
  float lanes[16];
  for (int i = 0; i < 16; i++) lanes[i] = i < count ? p[i] : fill;
  *value = sk_load(lanes);
}

#define sk_storePart(p, v, count) ({ v16 sk_value = (v); sk_storePartFrom(p, &sk_value, count); })
SK_INLINE void sk_storePartFrom(float *p, const v16 *value, int64_t count) {
  float lanes[16];
  sk_store(lanes, *value);
  for (int i = 0; i < count; i++) p[i] = lanes[i];
}

// Sums 16 lanes in a fixed order.
SK_INLINE double sk_sumLanes(const double *lanes) {
  double a[8];
  for (int i = 0; i < 8; i++) a[i] = lanes[i] + lanes[i + 8];
  return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
}

#endif
