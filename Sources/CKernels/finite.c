#include <string.h>

#include "internal.h"

SK_KERNEL(int32_t, sk_allFinite16, (const void *x, uint16_t infinity, int64_t count), (x, infinity, count)) {
  const char *bytes = x;
  uint16_t largest = 0;
  for (int64_t i = 0; i < count; i++) {
    uint16_t bits;
    memcpy(&bits, bytes + 2 * i, 2);
    bits &= 0x7FFF;
    largest = bits > largest ? bits : largest;
  }
  return largest < infinity;
}

SK_KERNEL(int32_t, sk_allFinite32, (const void *x, int64_t count), (x, count)) {
  const char *bytes = x;
  uint32_t largest = 0;
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, bytes + 4 * i, 4);
    bits &= 0x7FFFFFFF;
    largest = bits > largest ? bits : largest;
  }
  return largest < 0x7F800000u;
}
