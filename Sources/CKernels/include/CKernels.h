// Row-major float32 kernels that BLAS lacks, forward beside backward.
//
// Letters: T rows (tokens), D hidden, H query heads, G key/value heads, E head width, F feed-forward, V vocabulary.
// Every result of a row depends on that row alone and is summed in an order that the row's own length fixes: neither the number
// of rows, nor threads, nor the instruction set changes a bit. Gradients accumulate (+=) unless a comment says otherwise.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdint.h>

/// Tells the processor that this thread waits for another.
static inline void sk_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// --- instruction_set.c --------------------------------------------------------------------------------------------------
/// Versions of every kernel, in order of preference; all give the same bits.
enum { SK_PORTABLE = 0, SK_AVX2 = 1, SK_AVX512 = 2 };
/// The version in use: the best that the processor has, or what the environment's SPUNGE_ISA names (asked once).
int32_t sk_instructionSet(void);
/// "portable", "avx2" or "avx512", as SPUNGE_ISA spells them.
const char *sk_instructionSetName(int32_t set);

// --- memory.c -----------------------------------------------------------------------------------------------------------
/// Bytes from which memory is mapped by itself and asks for the system's large pages.
#define SK_LARGE_MEMORY (4 << 20)
/// `bytes` bytes, aligned to 64; NULL where there are none.
void *sk_allocate(int64_t bytes);
/// Gives back what sk_allocate gave for as many bytes.
void sk_release(void *memory, int64_t bytes);

// --- product.c, packing.c, tiles.c -----------------------------------------------------------------------------------------------
// Products whose every element is one chain of fused multiply-adds over k in order: the same bits for any number of rows, tile,
// thread count and instruction set. Products of bfloat16 numbers are added in pairs where sk_hasBFloat16Products() says so.
/// Bytes of weights [columns, depth] that are packed for products; half != 0 for bfloat16.
int64_t sk_packedBytes(int64_t columns, int64_t depth, int half);
/// Packs weights [columns, depth], row-major, rounded to nearest even where half != 0.
void sk_pack(void *packed, const float *weights, int64_t columns, int64_t depth, int half);
/// c [rows, columns] (rows cStride apart) = x · Wᵀ for packed weights; x: rows of `depth` numbers xStride apart, float32, or
/// bfloat16 where half != 0, with a zero behind the last of an odd depth. Rows that lie a multiple of a few KiB apart are slow to
/// read.
void sk_packedProduct(float *c, int64_t cStride, const void *x, int64_t xStride, int64_t rows, const void *packed, int half,
                      int64_t columns, int64_t depth);
/// Memory of the calling thread for `count` results; its next call overwrites it.
float *sk_pieceMemory(int64_t count);
/// c [m, n] = alpha · op(a) · op(b) + beta · c in float32, row-major, rows …Stride apart; op transposes where asked. A chain starts
/// from beta · c and its left factors are alpha · a, which are rounded to bfloat16 where half != 0, as are b's numbers. Runs on the
/// calling thread.
void sk_product(int transposeA, int transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t aStride,
                const float *b, int64_t bStride, float beta, float *c, int64_t cStride, int half);
/// Whether products of bfloat16 numbers use the processor's own instructions, which add products in pairs.
int sk_hasBFloat16Products(void);

// --- functions.c --------------------------------------------------------------------------------------------------------
// Functions of libm with bits that do not depend on libm; double precision, errors below 2 units in the last place.
double sk_exp64(double x);
double sk_log64(double x);
double sk_log1p64(double x);
double sk_sin64(double x);
double sk_cos64(double x);
double sk_tanh64(double x);
double sk_acos64(double x);
double sk_asin64(double x);
/// base^exponent, by repeated squaring.
double sk_power64(double base, int64_t exponent);

// --- rms_norm.c ---------------------------------------------------------------------------------------------------------
/// out[t,d] = x[t,d] · s[t] · gain[d],  s = (mean(x²) + epsilon)^-½.  x, out [T, D]; gain [D]; inverseRMS [T] or NULL.
void sk_rmsNorm(float *out, float *inverseRMS, const float *x, const float *gain, float epsilon, int64_t rows, int64_t width);
/// dx [T, D] += ∂loss/∂x;  dGain [D] += ∂loss/∂gain, or NULL when the gain is frozen.
void sk_rmsNormBackward(float *dx, float *dGain, const float *dOut, const float *x, const float *gain, const float *inverseRMS,
                        int64_t rows, int64_t width);

// --- layer_norm.c -------------------------------------------------------------------------------------------------------
/// out[t,d] = (x[t,d] − m[t]) · s[t] · gain[d] + bias[d],  s = (variance(x) + epsilon)^-½.  x, out [T, D]; mean,
/// inverseDeviation [T] or NULL.
void sk_layerNorm(float *out, float *mean, float *inverseDeviation, const float *x, const float *gain, const float *bias,
                  float epsilon, int64_t rows, int64_t width);
/// dx [T, D] += ∂loss/∂x;  dGain, dBias [D] += theirs.
void sk_layerNormBackward(float *dx, float *dGain, float *dBias, const float *dOut, const float *x, const float *gain,
                          const float *mean, const float *inverseDeviation, int64_t rows, int64_t width);

// --- rotary.c -----------------------------------------------------------------------------------------------------------
/// Rotates the pairs (i, i + R/2) of every head in place by cosine/sine rows of `positions`.  x rows are `stride` apart and hold
/// `heads` heads of `headWidth`, of which the first R elements are rotated; cosines, sines [positions, R/2]; direction +1 rotates,
/// -1 rotates back (the backward pass).
void sk_rotate(float *x, int64_t stride, const float *cosines, const float *sines, const int32_t *positions, int64_t rows,
               int64_t heads, int64_t headWidth, int64_t rotaryWidth, float direction);

// --- swiglu.c -----------------------------------------------------------------------------------------------------------
/// out[t,f] = silu(gate) · up.  gateUp [T, 2F] holds gate then up; out [T, F].
void sk_swiglu(float *out, const float *gateUp, int64_t rows, int64_t width);
/// The same of rows that lie `stride` apart and get biases first unless those are NULL, [F] each; out is float32, or bfloat16 where
/// half != 0.
void sk_swigluRows(void *out, int64_t outStride, int half, const float *gateUp, int64_t stride, const float *gateBias,
                   const float *upBias, int64_t rows, int64_t width);
/// dGateUp [T, 2F] = gradients (overwritten).
void sk_swigluBackward(float *dGateUp, const float *dOut, const float *gateUp, int64_t rows, int64_t width);

// --- gelu.c -------------------------------------------------------------------------------------------------------------
/// out = x · Φ(x), with the normal distribution itself (error function), not its tanh approximation.
void sk_gelu(float *out, const float *x, int64_t count);
/// The same of x + bias for rows of `columns` numbers; bias [columns]; out is float32, or bfloat16 where half != 0.
void sk_geluRows(void *out, int64_t outStride, int half, const float *x, int64_t stride, const float *bias, int64_t rows,
                 int64_t columns);
/// dx = gradient (overwritten).
void sk_geluBackward(float *dx, const float *dOut, const float *x, int64_t count);

// --- gelu_tanh.c --------------------------------------------------------------------------------------------------------
/// out = ½x · (1 + tanh(√(2/π) · (x + 0.044715·x³))), which some networks mean by GELU.
void sk_geluTanh(float *out, const float *x, int64_t count);
/// dx = gradient (overwritten).
void sk_geluTanhBackward(float *dx, const float *dOut, const float *x, int64_t count);
/// out[t,f] = geluTanh(gate) · up.  gateUp [T, 2F] holds gate then up; out [T, F].
void sk_geglu(float *out, const float *gateUp, int64_t rows, int64_t width);
/// dGateUp [T, 2F] = gradients (overwritten).
void sk_gegluBackward(float *dGateUp, const float *dOut, const float *gateUp, int64_t rows, int64_t width);

// --- soft_cap.c ---------------------------------------------------------------------------------------------------------
/// x = cap · tanh(scale · x / cap), to 1e-7 · cap.
void sk_softCap(float *x, int64_t count, float scale, float cap);
/// d, the gradient of `capped` results, becomes that of x.
void sk_softCapBackward(float *d, const float *capped, int64_t count, float scale, float cap);

// --- softmax.c ----------------------------------------------------------------------------------------------------------
/// In place on scores [T, T]: row t becomes softmax(scale · row) over columns max(0, t-window+1)…t, zero elsewhere.  window 0: all.
void sk_causalSoftmax(float *scores, int64_t rows, float scale, int64_t window);
/// In place on dP [T, T]: dP becomes ∂loss/∂scores = scale · P ∘ (dP − rowsum(P ∘ dP)).
void sk_causalSoftmaxBackward(float *dP, const float *p, int64_t rows, float scale);
/// The same over all columns.
void sk_softmax(float *scores, int64_t rows, float scale);
void sk_softmaxBackward(float *dP, const float *p, int64_t rows, float scale);

// --- log_sum_exp.c ------------------------------------------------------------------------------------------------------
/// log Σ exp(logits) of each row in nats, and the index of the first maximum.  logits [T, V]; logSum, argmax [T].
void sk_logSumExp(double *logSum, int32_t *argmax, const float *logits, int64_t rows, int64_t width);

/// Mean and variance of log p over the distribution p = softmax(logits) [V], in nats.
void sk_logMoments(double *mean, double *variance, const float *logits, int64_t width);

// --- cross_entropy.c ----------------------------------------------------------------------------------------------------
/// log softmax(logits)[target] of each row in nats.  logits [T, V]; targets in 0…V−1.  With weights [T], the logits become the
/// gradient weight · (softmax − onehot) of −weight · logLikelihood; with NULL they are left alone.
void sk_crossEntropy(float *logits, double *logLikelihood, const int32_t *targets, const float *weights, int64_t rows,
                     int64_t width);
/// KL(softmax(reference) ‖ softmax(logits)) of each row in nats; the logits become the gradient of weight · divergence, the
/// reference is scratch afterwards.
void sk_divergence(float *logits, double *divergence, float *reference, const float *weights, int64_t rows, int64_t width);

// --- dropout.c ----------------------------------------------------------------------------------------------------------
/// out = x · mask / (1 − rate), or += with accumulate; the mask of element first + i is a hash of it and the seed.
void sk_dropout(float *out, const float *x, int64_t first, int64_t count, uint64_t seed, double rate, int accumulate);

// --- attention.c --------------------------------------------------------------------------------------------------------
/// Tokens in one page of cached keys and values; pages are aligned to absolute positions.
#define SK_PAGE 16
/// Bytes of one key/value head's part of a page: keys [Epad, 16] transposed, then values [16, Epad], with the head width rounded
/// up to 16; float32, or bfloat16 if half != 0.
int64_t sk_pagePartBytes(int64_t headWidth, int half);
/// Writes one token's key and value into slot `slot` of a page part.
void sk_storeKeyValue(void *part, int half, const float *key, const float *value, int64_t slot, int64_t headWidth);
/// Writes a whole page part of float32: the first `count` (1…16) tokens' keys and values, rows `stride` floats apart, then zeros.
void sk_storePage(void *part, const float *keys, const float *values, int64_t stride, int64_t count, int64_t headWidth);
/// Causal attention of `rows` consecutive tokens (first at position `first`) for one key/value head shared by `group` query heads.
/// q, out: first token's first query head of the group; tokens are qStride / outStride floats apart; this head's part of positions
/// 16p…16p+15 lies `offset` bytes after pages[p]; window 0 attends to everything before; cap 0 leaves scores as they are, others
/// make them cap · tanh(score / cap).  scratch: sk_attendScratchFloats floats.
void sk_attend(float *out, int64_t outStride, const float *q, int64_t qStride, int64_t rows, int64_t group, int64_t headWidth,
               int64_t first, int64_t window, const void *const *pages, int64_t offset, int half, float scale, float cap,
               float *scratch);
/// The same where every token attends to all of its text: rows at positions 0…rows−1, one query head, parts of float32.
void sk_attendBothWays(float *out, int64_t outStride, const float *q, int64_t qStride, int64_t rows, int64_t headWidth,
                       const void *const *pages, float scale, float *scratch);
int64_t sk_attendScratchFloats(int64_t lastPosition, int64_t headWidth);

// --- merging.c ----------------------------------------------------------------------------------------------------------
/// sum += x.
void sk_addTo(double *sum, const float *x, int64_t count);
/// sum += +1, -1 or 0, the sign of x.
void sk_addSignsTo(double *sum, const float *x, int64_t count);
/// How many more elements are above zero than below.
int64_t sk_excessOfPositives(const double *x, int64_t count);
/// Where x has the sign of `elected` (not zero): sums += factor · x, shares += share.
void sk_addAgreeingTo(double *sums, double *shares, const float *x, const double *elected, double factor, double share,
                      int64_t count);
/// x = its sign, ±1, or `zero` where it has none.
void sk_signs(double *x, double zero, int64_t count);
/// out = scale · x / divisor, undivided where the divisor is 0.
void sk_scaledQuotient(float *out, const double *x, const double *divisors, double scale, int64_t count);
/// How many |x| are `magnitude`.
int64_t sk_countOfMagnitude(const float *x, float magnitude, int64_t count);
/// x = 0 where |x| < magnitude.
void sk_zeroBelow(float *x, float magnitude, int64_t count);
/// Largest |x| as its bits, which are ordered as magnitudes are; above those of infinity for a NaN.
uint32_t sk_largestMagnitudeBits(const float *x, int64_t count);

// --- double_matrix.c ----------------------------------------------------------------------------------------------------
// Row-major matrices of doubles without gaps. Products are rounded and then added, in an order that the extents fix.
/// out [xRows, yRows] (rows outStride apart) = x · yᵀ, the inner products of the rows of x and y, `columns` long.
void sk_rowDots64(double *out, int64_t outStride, const double *x, int64_t xRows, const double *y, int64_t yRows, int64_t columns);
/// out [rows, columns] += sign · a · b.  a [rows, depth]; b [depth, columns]; sign ±1.
void sk_addProduct64(double *out, const double *a, const double *b, double sign, int64_t rows, int64_t depth, int64_t columns);
/// (x, y) = (cosine · x − sine · y, sine · x + cosine · y).
void sk_rotate64(double *x, double *y, double cosine, double sine, int64_t count);

// --- low_rank.c ---------------------------------------------------------------------------------------------------------
/// out [rows, columns] = scale · (B · A).  b [rows, rank]; a [rank, columns]; products are summed in float32, r = 0, 1, …
void sk_lowRank(float *out, const float *b, const float *a, double scale, int64_t rows, int64_t columns, int64_t rank);

// --- elementwise.c ------------------------------------------------------------------------------------------------------
/// out += x.
void sk_add(float *out, const float *x, int64_t count);
/// out += factor · x.
void sk_addScaled(float *out, const float *x, float factor, int64_t count);
/// out [T, N] += x + bias, or x alone where bias [N] is NULL; rows outStride and stride floats apart.
void sk_addRows(float *out, int64_t outStride, const float *x, int64_t stride, const float *bias, int64_t rows, int64_t columns);
/// out [T, N] = x + bias.
void sk_sumRows(float *out, int64_t outStride, const float *x, int64_t stride, const float *bias, int64_t rows, int64_t columns);
/// Rounds to bfloat16, nearest even; NaN stays NaN.
void sk_toBFloat16(uint16_t *out, const float *x, int64_t count);
/// out[i] = the value of the bfloat16 x[i], which need not be aligned.
void sk_fromBFloat16(float *out, const void *x, int64_t count);
/// One AdamW step (Loshchilov & Hutter 2019, algorithm 2, decoupled decay as torch.optim.AdamW) over a parameter block.
void sk_adamW(float *parameter, float *firstMoment, float *secondMoment, const float *gradient, int64_t count, double learningRate,
              double beta1, double beta2, double epsilon, double weightDecay, int64_t step);
/// Σ x² in double.
double sk_squaredNorm(const float *x, int64_t count);
/// x *= factor.
void sk_scale(float *x, int64_t count, float factor);
/// Nesterov momentum as Muon uses it: buffer = m · buffer + (1 − m) · gradient, update = m · buffer + (1 − m) · gradient.
void sk_nesterov(float *update, float *buffer, const float *gradient, int64_t count, float momentum);

// --- finite.c -----------------------------------------------------------------------------------------------------------
/// Whether no element of x [count] is infinite or not a number, as far as its bits `infinity` (those of the format's infinity)
/// tell; x need not be aligned.
int32_t sk_allFinite16(const void *x, uint16_t infinity, int64_t count);
int32_t sk_allFinite32(const void *x, int64_t count);

// --- mapping_guard.c ----------------------------------------------------------------------------------------------------
/// Keeps the process alive when pages of a mapped file are gone because the file was shortened: they read as zeros, and the
/// guard remembers it.  start is a page's; returns a guard, or -1 when there are too many (then nothing is guarded).
int32_t sk_guardMapping(const void *start, int64_t count);
/// Whether a page was gone since the mapping was guarded.
int32_t sk_isMappingLost(int32_t guard);
/// To be called before the mapping goes away.
void sk_releaseGuard(int32_t guard);

#endif
