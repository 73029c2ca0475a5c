#include "internal.h"

// Matrices in double precision. Products are rounded before they are added, which every instruction set can do without a library:
// an element's bits follow from its operands and their order alone.

typedef double d8 __attribute__((vector_size(64), aligned(8)));
#define loadDoubles(p) (*(const d8 *)(p))
#define splatDouble(x) ({ const double sk_s = (x); (d8){sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s, sk_s}; })

SK_INLINE double sumOfEight(const double *a) { return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7])); }

// Inner products of `tall` (1 or 2) rows of x with `wide` (1 or 4) rows of y; eight partial sums each.
SK_INLINE void dots(double *out, int64_t outStride, const double *x, const double *y, int tall, int wide, int64_t columns) {
  d8 sums[2][4] = {{{0}}};
  const int64_t whole = columns / 8 * 8;
  for (int64_t k = 0; k < whole; k += 8)
    for (int i = 0; i < tall; i++)
      for (int j = 0; j < wide; j++) sums[i][j] += loadDoubles(x + i * columns + k) * loadDoubles(y + j * columns + k);
  for (int i = 0; i < tall; i++)
    for (int j = 0; j < wide; j++) {
      double lanes[8];
      *(d8 *)lanes = sums[i][j];
      for (int64_t k = whole; k < columns; k++) lanes[k - whole] += x[i * columns + k] * y[j * columns + k];
      out[i * outStride + j] = sumOfEight(lanes);
    }
}

SK_KERNEL(void, sk_rowDots64,
          (double *out, int64_t outStride, const double *x, int64_t xRows, const double *y, int64_t yRows, int64_t columns),
          (out, outStride, x, xRows, y, yRows, columns)) {
  for (int64_t j = 0; j < yRows;) {
    const int wide = j + 4 <= yRows ? 4 : 1;
    int64_t i = 0;
    for (; i + 2 <= xRows; i += 2) {
      double *to = out + i * outStride + j;
      if (wide == 4) dots(to, outStride, x + i * columns, y + j * columns, 2, 4, columns);
      else dots(to, outStride, x + i * columns, y + j * columns, 2, 1, columns);
    }
    if (i < xRows) {
      double *to = out + i * outStride + j;
      if (wide == 4) dots(to, outStride, x + i * columns, y + j * columns, 1, 4, columns);
      else dots(to, outStride, x + i * columns, y + j * columns, 1, 1, columns);
    }
    j += wide;
  }
}

// `tall` (at most 4) rows and 16 columns, k = 0, 1, … in order.
SK_INLINE void tile(double *out, const double *a, const double *b, int tall, double sign, int64_t depth, int64_t columns) {
  d8 sums[4][2];
  for (int i = 0; i < tall; i++)
    for (int j = 0; j < 2; j++) sums[i][j] = loadDoubles(out + i * columns + 8 * j);
  for (int64_t k = 0; k < depth; k++) {
    const d8 left = loadDoubles(b + k * columns), right = loadDoubles(b + k * columns + 8);
    for (int i = 0; i < tall; i++) {
      const d8 factor = splatDouble(sign * a[i * depth + k]);
      sums[i][0] += factor * left;
      sums[i][1] += factor * right;
    }
  }
  for (int i = 0; i < tall; i++)
    for (int j = 0; j < 2; j++) *(d8 *)(out + i * columns + 8 * j) = sums[i][j];
}

SK_KERNEL(void, sk_addProduct64,
          (double *out, const double *a, const double *b, double sign, int64_t rows, int64_t depth, int64_t columns),
          (out, a, b, sign, rows, depth, columns)) {
  int64_t column = 0;
  for (; column + 16 <= columns; column += 16) {
    int64_t row = 0;
    for (; row + 4 <= rows; row += 4) tile(out + row * columns + column, a + row * depth, b + column, 4, sign, depth, columns);
    for (; row < rows; row++) tile(out + row * columns + column, a + row * depth, b + column, 1, sign, depth, columns);
  }
  for (int64_t row = 0; row < rows; row++)
    for (int64_t j = column; j < columns; j++) {
      double sum = out[row * columns + j];
      for (int64_t k = 0; k < depth; k++) sum += sign * a[row * depth + k] * b[k * columns + j];
      out[row * columns + j] = sum;
    }
}

SK_KERNEL(void, sk_rotate64, (double *x, double *y, double cosine, double sine, int64_t count), (x, y, cosine, sine, count)) {
  for (int64_t i = 0; i < count; i++) {
    const double a = x[i], b = y[i];
    x[i] = cosine * a - sine * b;
    y[i] = sine * a + cosine * b;
  }
}
