#include "internal.h"

// Up to four rows share each load of A; per element the order is r = 0, 1, … whatever the number of rows.
SK_INLINE void block(float *out, const float *b, const float *a, double scale, int tall, int64_t wide, int64_t columns,
                     int64_t rank) {
  v16 sum[4] = {sk_splat(0), sk_splat(0), sk_splat(0), sk_splat(0)};
  for (int64_t r = 0; r < rank; r++) {
    const v16 values = wide == 16 ? sk_load(a + r * columns) : sk_loadPart(a + r * columns, wide, 0);
    for (int i = 0; i < tall; i++) sum[i] = sk_fma(sk_splat(b[i * rank + r]), values, sum[i]);
  }
  for (int i = 0; i < tall; i++) {
    float lanes[16];
    sk_store(lanes, sum[i]);
    for (int64_t j = 0; j < wide; j++) out[i * columns + j] = (float)(scale * (double)lanes[j]);
  }
}

SK_KERNEL(void, sk_lowRank,
          (float *out, const float *b, const float *a, double scale, int64_t rows, int64_t columns, int64_t rank),
          (out, b, a, scale, rows, columns, rank)) {
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    float *to = out + row * columns;
    const float *from = b + row * rank;
    int64_t column = 0;
    for (; column + 16 <= columns; column += 16) block(to + column, from, a + column, scale, 4, 16, columns, rank);
    if (column < columns) block(to + column, from, a + column, scale, 4, columns - column, columns, rank);
  }
  for (; row < rows; row++)
    for (int64_t column = 0; column < columns; column += 16) {
      const int64_t wide = columns - column < 16 ? columns - column : 16;
      block(out + row * columns + column, b + row * rank, a + column, scale, 1, wide, columns, rank);
    }
}
