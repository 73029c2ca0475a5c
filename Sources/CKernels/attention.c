#include "product.h"

// Attention over pages of 16 positions. Keys lie transposed, so that one vector holds one component of 16 keys; a block of up to
// eight (token, query head) pairs shares each load. Each pair's sums run over positions in order, whatever else is in the block.

enum { BLOCK = 8 };

SK_INLINE int64_t padded(int64_t headWidth) { return (headWidth + 15) & ~(int64_t)15; }

int64_t sk_pagePartBytes(int64_t headWidth, int half) { return 2 * padded(headWidth) * SK_PAGE * (half ? 2 : 4); }

int64_t sk_attendScratchFloats(int64_t lastPosition, int64_t headWidth) {
  return BLOCK * ((lastPosition / SK_PAGE + 1) * SK_PAGE + 2 * padded(headWidth)) + 64;
}

SK_KERNEL(void, sk_storeKeyValue,
          (void *part, int half, const float *key, const float *value, int64_t slot, int64_t headWidth),
          (part, half, key, value, slot, headWidth)) {
  const int64_t width = padded(headWidth), first = width * SK_PAGE + slot * width;
  if (half) {
    uint16_t *out = part;
    for (int64_t e = 0; e < width; e += 16) {
      uint16_t column[16] = {0};
      if (e < headWidth) sk_toBFloat16(column, key + e, headWidth - e < 16 ? headWidth - e : 16);
      for (int i = 0; i < 16; i++) out[(e + i) * SK_PAGE + slot] = column[i];
    }
    sk_toBFloat16(out + first, value, headWidth);
    for (int64_t e = headWidth; e < width; e++) out[first + e] = 0;
  } else {
    float *out = part;
    for (int64_t e = 0; e < width; e++) out[e * SK_PAGE + slot] = e < headWidth ? key[e] : 0;
    for (int64_t e = 0; e < width; e++) out[first + e] = e < headWidth ? value[e] : 0;
  }
}

void sk_storePage(void *part, const float *keys, const float *values, int64_t stride, int64_t count, int64_t headWidth) {
  const int64_t width = padded(headWidth);
  float *out = part;
  memset(out, 0, (size_t)sk_pagePartBytes(headWidth, 0));
  sk_transpose(out, SK_PAGE, keys, stride, count, headWidth, 1);
  for (int64_t t = 0; t < count; t++)
    memcpy(out + width * SK_PAGE + t * width, values + t * stride, (size_t)headWidth * sizeof(float));
}

// 16 elements of a page from element i on; `half` and `offset` are the surrounding function's.
#define PAGE_LOAD(page, i)                                                                                                        \
  (half ? sk_loadHalf((const char *)(page) + offset + 2 * (i))                                                                    \
        : sk_load((const float *)((const char *)(page) + offset) + (i)))

// scores[i][16p…] = q_i · K for the pages of [firstPage, lastPage].
#define SCORES(N)                                                                                                                \
  SK_INLINE void scores##N(float *scores, int64_t length, const float *const *q, int64_t width, const void *const *pages,        \
                           int64_t offset, int half, int64_t firstPage, int64_t lastPage, float scale) {                          \
    for (int64_t p = firstPage; p <= lastPage; p++) {                                                                             \
      v16 sum[N];                                                                                                                 \
      for (int i = 0; i < N; i++) sum[i] = sk_splat(0);                                                                           \
      for (int64_t e = 0; e < width; e++) {                                                                                       \
        v16 k = PAGE_LOAD(pages[p], e * SK_PAGE);                                                                                 \
        for (int i = 0; i < N; i++) sum[i] = sk_fma(sk_splat(q[i][e]), k, sum[i]);                                                \
      }                                                                                                                           \
      for (int i = 0; i < N; i++) sk_store(scores + i * length + p * SK_PAGE, sum[i] * sk_splat(scale));                          \
    }                                                                                                                             \
  }                                                                                                                               \
  /* out[i][e…e+31] = Σ_t p[i][t] · V[t], two vectors of components at a time. */                                                 \
  SK_INLINE void mix##N(float *out, const float *weights, int64_t length, int64_t width, const void *const *pages,                \
                        int64_t offset, int half, int64_t firstPage, int64_t lastPage) {                                          \
    for (int64_t e = 0; e < width; e += 32) {                                                                                     \
      const int wide = e + 32 <= width;                                                                                           \
      v16 low[N], high[N];                                                                                                        \
      for (int i = 0; i < N; i++) low[i] = high[i] = sk_splat(0);                                                                 \
      for (int64_t p = firstPage; p <= lastPage; p++) {                                                                           \
        const int64_t values = width * SK_PAGE + e;                                                                               \
        for (int t = 0; t < SK_PAGE; t++) {                                                                                       \
          v16 a = PAGE_LOAD(pages[p], values + t * width);                                                                        \
          v16 b = wide ? PAGE_LOAD(pages[p], values + t * width + 16) : sk_splat(0);                                              \
          for (int i = 0; i < N; i++) {                                                                                           \
            v16 w = sk_splat(weights[i * length + p * SK_PAGE + t]);                                                              \
            low[i] = sk_fma(w, a, low[i]);                                                                                        \
            high[i] = sk_fma(w, b, high[i]);                                                                                      \
          }                                                                                                                       \
        }                                                                                                                         \
      }                                                                                                                           \
      for (int i = 0; i < N; i++) {                                                                                               \
        sk_store(out + i * width + e, low[i]);                                                                                    \
        if (wide) sk_store(out + i * width + e + 16, high[i]);                                                                    \
      }                                                                                                                           \
    }                                                                                                                             \
  }
SCORES(1)
SCORES(3)
SCORES(8)

// Softmax of one pair's scores over positions [from, to], zero elsewhere in its pages; returns 1 / Σ.
SK_INLINE float softmaxRow(float *row, int64_t firstPage, int64_t lastPage, int64_t from, int64_t to) {
  for (int64_t t = firstPage * SK_PAGE; t < from; t++) row[t] = -INFINITY;
  for (int64_t t = to + 1; t < (lastPage + 1) * SK_PAGE; t++) row[t] = -INFINITY;
  v16 tops = sk_splat(-INFINITY);
  for (int64_t p = firstPage; p <= lastPage; p++) tops = __builtin_elementwise_max(tops, sk_load(row + p * SK_PAGE));
  float top = tops[0];
  for (int j = 1; j < 16; j++) top = tops[j] > top ? tops[j] : top;
  v16 sum = sk_splat(0);
  for (int64_t p = firstPage; p <= lastPage; p++) {
    v16 e = sk_exp(sk_load(row + p * SK_PAGE) - sk_splat(top));
    sk_store(row + p * SK_PAGE, e);
    sum += e;
  }
  double lanes[16];
  for (int j = 0; j < 16; j++) lanes[j] = sum[j];
  return (float)(1.0 / sk_sumLanes(lanes));
}

// `causal` 0: every row sees all rows.
SK_INLINE void attend(float *out, int64_t outStride, const float *q, int64_t qStride, int64_t rows, int64_t group,
                      int64_t headWidth, int64_t first, int64_t window, int causal, const void *const *pages, int64_t offset,
                      int half, float scale, float cap, float *scratch) {
  const int64_t width = padded(headWidth), pairs = rows * group;
  const int64_t length = ((first + rows - 1) / SK_PAGE + 1) * SK_PAGE;
  float *scores = scratch, *mixed = scores + BLOCK * length, *queries = mixed + BLOCK * width;
  for (int64_t start = 0; start < pairs;) {
    const int64_t left = pairs - start;
    const int count = left >= BLOCK ? BLOCK : left >= 3 ? 3 : 1;
    const float *q8[BLOCK];
    for (int i = 0; i < count; i++) {
      const int64_t pair = start + i;
      float *query = queries + i * width;
      memcpy(query, q + pair / group * qStride + pair % group * headWidth, (size_t)headWidth * sizeof(float));
      for (int64_t e = headWidth; e < width; e++) query[e] = 0;
      q8[i] = query;
    }
    const int64_t lowest = first + start / group;
    const int64_t highest = first + (causal ? (start + count - 1) / group : rows - 1);
    const int64_t lastPage = highest / SK_PAGE;
    const int64_t firstPage = window > 0 && lowest - window + 1 > 0 ? (lowest - window + 1) / SK_PAGE : 0;
    if (count == BLOCK) scores8(scores, length, q8, width, pages, offset, half, firstPage, lastPage, scale);
    else if (count == 3) scores3(scores, length, q8, width, pages, offset, half, firstPage, lastPage, scale);
    else scores1(scores, length, q8, width, pages, offset, half, firstPage, lastPage, scale);
    float inverse[BLOCK];
    for (int i = 0; i < count; i++) {
      if (cap > 0) sk_softCap(scores + i * length + firstPage * SK_PAGE, (lastPage - firstPage + 1) * SK_PAGE, 1, cap);
      const int64_t position = causal ? first + (start + i) / group : highest;
      const int64_t from = window > 0 && position - window + 1 > 0 ? position - window + 1 : 0;
      inverse[i] = softmaxRow(scores + i * length, firstPage, lastPage, from, position);
    }
    if (count == BLOCK) mix8(mixed, scores, length, width, pages, offset, half, firstPage, lastPage);
    else if (count == 3) mix3(mixed, scores, length, width, pages, offset, half, firstPage, lastPage);
    else mix1(mixed, scores, length, width, pages, offset, half, firstPage, lastPage);
    for (int i = 0; i < count; i++) {
      const int64_t pair = start + i;
      float *o = out + pair / group * outStride + pair % group * headWidth;
      for (int64_t e = 0; e < headWidth; e++) o[e] = mixed[i * width + e] * inverse[i];
    }
    start += count;
  }
}

SK_KERNEL(void, sk_attend,
          (float *out, int64_t outStride, const float *q, int64_t qStride, int64_t rows, int64_t group, int64_t headWidth, int64_t
           first, int64_t window, const void *const *pages, int64_t offset, int half, float scale, float cap, float *scratch),
          (out, outStride, q, qStride, rows, group, headWidth, first, window, pages, offset, half, scale, cap, scratch)) {
  if (half) attend(out, outStride, q, qStride, rows, group, headWidth, first, window, 1, pages, offset, 1, scale, cap, scratch);
  else attend(out, outStride, q, qStride, rows, group, headWidth, first, window, 1, pages, offset, 0, scale, cap, scratch);
}

SK_KERNEL(void, sk_attendBothWays,
          (float *out, int64_t outStride, const float *q, int64_t qStride, int64_t rows, int64_t headWidth, const void *const
           *pages, float scale, float *scratch),
          (out, outStride, q, qStride, rows, headWidth, pages, scale, scratch)) {
  attend(out, outStride, q, qStride, rows, 1, headWidth, 0, 0, 0, pages, 0, 0, scale, 0, scratch);
}
