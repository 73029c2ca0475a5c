#include "internal.h"

SK_KERNEL(void, sk_add, (float *out, const float *x, int64_t count), (out, x, count)) {
  for (int64_t i = 0; i < count; i++) out[i] += x[i];
}

SK_KERNEL(void, sk_addRows,
          (float *out, int64_t outStride, const float *x, int64_t stride, const float *bias, int64_t rows, int64_t columns),
          (out, outStride, x, stride, bias, rows, columns)) {
  for (int64_t t = 0; t < rows; t++) {
    float *to = out + t * outStride;
    const float *from = x + t * stride;
    if (bias)
      for (int64_t i = 0; i < columns; i++) to[i] += from[i] + bias[i];
    else
      for (int64_t i = 0; i < columns; i++) to[i] += from[i];
  }
}

SK_KERNEL(void, sk_sumRows,
          (float *out, int64_t outStride, const float *x, int64_t stride, const float *bias, int64_t rows, int64_t columns),
          (out, outStride, x, stride, bias, rows, columns)) {
  for (int64_t t = 0; t < rows; t++)
    for (int64_t i = 0; i < columns; i++) out[t * outStride + i] = x[t * stride + i] + bias[i];
}

SK_KERNEL(void, sk_toBFloat16, (uint16_t *out, const float *x, int64_t count), (out, x, count)) {
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, 4);
    out[i] = (uint16_t)(sk_roundBits(bits) >> 16);
  }
}

SK_KERNEL(void, sk_fromBFloat16, (float *out, const void *x, int64_t count), (out, x, count)) {
  const char *bytes = x;
  for (int64_t i = 0; i < count; i++) {
    uint16_t half;
    memcpy(&half, bytes + 2 * i, 2);
    uint32_t bits = (uint32_t)half << 16;
    memcpy(out + i, &bits, 4);
  }
}

SK_KERNEL(void, sk_adamW,
          (float *parameter, float *firstMoment, float *secondMoment, const float *gradient, int64_t count, double learningRate,
           double beta1, double beta2, double epsilon, double weightDecay, int64_t step),
          (parameter, firstMoment, secondMoment, gradient, count, learningRate, beta1, beta2, epsilon, weightDecay, step)) {
  const double correction1 = 1 - sk_power64(beta1, step), correction2 = 1 - sk_power64(beta2, step);
  const float decay = (float)(1 - learningRate * weightDecay), rate = (float)(learningRate / correction1);
  const float root = (float)sqrt(correction2), b1 = (float)beta1, b2 = (float)beta2, eps = (float)epsilon;
  const float c1 = (float)(1 - beta1), c2 = (float)(1 - beta2);
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i];
    float m = b1 * firstMoment[i] + c1 * g, v = b2 * secondMoment[i] + c2 * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    parameter[i] = parameter[i] * decay - rate * m / (sqrtf(v) / root + eps);
  }
}

SK_KERNEL(double, sk_squaredNorm, (const float *x, int64_t count), (x, count)) {
  double lanes[16] = {0};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < 16; j++) lanes[j] += (double)x[i + j] * (double)x[i + j];
  for (int j = 0; i + j < count; j++) lanes[j] += (double)x[i + j] * (double)x[i + j];
  return sk_sumLanes(lanes);
}

SK_KERNEL(void, sk_scale, (float *x, int64_t count, float factor), (x, count, factor)) {
  for (int64_t i = 0; i < count; i++) x[i] *= factor;
}

// buffer = m · buffer + (1 − m) · g;  update = m · buffer + (1 − m) · g
SK_KERNEL(void, sk_nesterov,
          (float *update, float *buffer, const float *gradient, int64_t count, float momentum),
          (update, buffer, gradient, count, momentum)) {
  const float rest = 1 - momentum;
  for (int64_t i = 0; i < count; i++) {
    buffer[i] = momentum * buffer[i] + rest * gradient[i];
    update[i] = momentum * buffer[i] + rest * gradient[i];
  }
}

SK_KERNEL(void, sk_addScaled, (float *out, const float *x, float factor, int64_t count), (out, x, factor, count)) {
  for (int64_t i = 0; i < count; i++) out[i] += factor * x[i];
}
