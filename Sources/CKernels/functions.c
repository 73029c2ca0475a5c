#include "internal.h"

// Elementary functions in double precision from additions, multiplications, divisions, square roots and fused products alone, which
// IEEE 754 rounds the same way everywhere: libm's last bits differ between its versions and between processors. Errors are below
// 2 units in the last place unless stated; the series are Taylor's, long enough for the reduced arguments.

static double fromBits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, 8);
  return x;
}

static uint64_t bitsOf(double x) {
  uint64_t bits;
  memcpy(&bits, &x, 8);
  return bits;
}

static const double ln2High = 0x1.62e42feep-1, ln2Low = 0x1.a39ef35793c76p-33;  // 33 bits, then the rest

// 2^n · x in two steps, so that neither factor leaves the exponents' range.
static double scaled(double x, int n) {
  const int half = n / 2;
  return x * fromBits((uint64_t)(half + 1023) << 52) * fromBits((uint64_t)(n - half + 1023) << 52);
}

SK_KERNEL(double, sk_exp64, (double x), (x)) {
  if (x != x) return x;
  if (x > 709.782712893384) return INFINITY;
  if (x < -745.1332191019412) return 0;
  const double n = __builtin_roundeven(x * 1.4426950408889634);
  const double high = __builtin_fma(n, -ln2High, x), r = __builtin_fma(n, -ln2Low, high);
  // e^r − 1 = r + r²·p(r), |r| ≤ 0.35
  static const double inverseFactorials[] = {1.0 / 87178291200, 1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                                             1.0 / 362880,      1.0 / 40320,      1.0 / 5040,      1.0 / 720,      1.0 / 120,
                                             1.0 / 24,          1.0 / 6,          0.5};
  double p = 0;
  for (int i = 0; i < 13; i++) p = __builtin_fma(p, r, inverseFactorials[i]);
  return scaled(1 + __builtin_fma(r * r, p, r), (int)n);
}

SK_KERNEL(double, sk_log64, (double x), (x)) {
  if (x != x || x == INFINITY) return x;
  if (x <= 0) return x == 0 ? -INFINITY : NAN;
  int n = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    n = -54;
  }
  // x = 2^n · (1 + f), √½ ≤ 1 + f < √2
  const uint64_t bits = bitsOf(x);
  n += (int)(bits >> 52) - 1023;
  double m = fromBits((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
  if (m >= 1.4142135623730951) {
    m *= 0.5;
    n += 1;
  }
  // log(1 + f) = 2 artanh(s) = f − (f²/2 − s·(f²/2 + r)), s = f / (2 + f), r = Σ 2·s^2i / (2i + 1)
  const double f = m - 1, s = f / (2 + f), z = s * s, square = 0.5 * f * f;
  double r = 0;
  for (int i = 12; i >= 1; i--) r = __builtin_fma(r, z, 2.0 / (2 * i + 1));
  r *= z;
  return __builtin_fma(n, ln2High, f - (square - (s * (square + r) + (double)n * ln2Low)));
}

SK_KERNEL(double, sk_log1p64, (double x), (x)) {
  const double whole = 1 + x;
  // The rounding of 1 + x is divided out again (Kahan).
  if (whole == 1 || !(whole < INFINITY)) return x;
  return sk_log64(whole) * (x / (whole - 1));
}

// x − n·π/2 for the nearest whole n, whose last two bits are returned; exact to 1e-16 for |x| < 2^30.
SK_INLINE int quarterTurns(double x, double *rest) {
  const double n = __builtin_roundeven(x * 0.6366197723675814);
  double r = __builtin_fma(n, -0x1.921fb54442d18p+0, x);
  r = __builtin_fma(n, -0x1.1a62633145c07p-54, r);
  *rest = r;
  return (int)((int64_t)n & 3);
}

SK_INLINE double sineSeries(double r) {
  const double z = r * r;
  double p = 0;
  for (int i = 9; i >= 1; i--) p = __builtin_fma(p, z, 1) * (-1.0 / (2 * i * (2 * i + 1)));
  return __builtin_fma(r * z, p, r);
}

SK_INLINE double cosineSeries(double r) {
  const double z = r * r;
  double p = 0;
  for (int i = 9; i >= 1; i--) p = __builtin_fma(p, z, 1) * (-1.0 / (2 * i * (2 * i - 1)));
  return __builtin_fma(z, p, 1);
}

SK_KERNEL(double, sk_sin64, (double x), (x)) {
  if (!(__builtin_fabs(x) < INFINITY)) return NAN;
  double r;
  const int turns = quarterTurns(x, &r);
  const double value = turns & 1 ? cosineSeries(r) : sineSeries(r);
  return turns & 2 ? -value : value;
}

SK_KERNEL(double, sk_cos64, (double x), (x)) {
  if (!(__builtin_fabs(x) < INFINITY)) return NAN;
  double r;
  const int turns = quarterTurns(x, &r);
  const double value = turns & 1 ? sineSeries(r) : cosineSeries(r);
  return turns == 1 || turns == 2 ? -value : value;
}

// Absolute error below 1e-15; relative too.
SK_KERNEL(double, sk_tanh64, (double x), (x)) {
  if (x != x) return x;
  const double size = __builtin_fabs(x);
  double value;
  if (size < 0.25) {
    // artanh's inverse by its continued fraction: x / (1 + x²/(3 + x²/(5 + …)))
    const double z = x * x;
    double d = 19;
    for (int i = 17; i >= 1; i -= 2) d = i + z / d;
    value = size / d;
  } else {
    value = size > 20 ? 1 : 1 - 2 / (sk_exp64(2 * size) + 1);
  }
  return x < 0 ? -value : value;
}

// Arc tangent of a number from 0 to infinity.
SK_INLINE double arcTangent(double x) {
  const int isLarge = x > 1;
  double t = isLarge ? 1 / x : x;
  // Three halvings of the angle: tan(a/2) = tan a / (1 + √(1 + tan² a))
  for (int i = 0; i < 3; i++) t = t / (1 + __builtin_sqrt(__builtin_fma(t, t, 1)));
  const double z = t * t;
  double p = 0;
  for (int i = 9; i >= 0; i--) p = __builtin_fma(p, -z, 1.0 / (2 * i + 1));
  const double angle = 8 * (t * p);
  return isLarge ? 1.5707963267948966 - angle : angle;
}

// Absolute errors below 1e-15.
SK_KERNEL(double, sk_acos64, (double x), (x)) {
  if (!(__builtin_fabs(x) <= 1)) return NAN;
  return x == -1 ? 3.141592653589793 : 2 * arcTangent(__builtin_sqrt((1 - x) / (1 + x)));
}

SK_KERNEL(double, sk_asin64, (double x), (x)) {
  if (!(__builtin_fabs(x) <= 1)) return NAN;
  const double angle = x * x == 1 ? 1.5707963267948966 : arcTangent(__builtin_fabs(x) / __builtin_sqrt((1 - x) * (1 + x)));
  return x < 0 ? -angle : angle;
}

double sk_power64(double base, int64_t exponent) {
  double result = 1;
  for (uint64_t left = exponent < 0 ? -(uint64_t)exponent : (uint64_t)exponent; left; left >>= 1) {
    if (left & 1) result *= base;
    base *= base;
  }
  return exponent < 0 ? 1 / result : result;
}
