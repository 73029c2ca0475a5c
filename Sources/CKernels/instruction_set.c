#include "internal.h"

#include <stdlib.h>

// Which compiled version of the kernels runs: the best that the processor has, or what SPUNGE_ISA says where it has that.
static int32_t choose(void) {
  int32_t best = SK_PORTABLE;
#if SK_HAS_VERSIONS
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) best = SK_AVX512;
  else if (__builtin_cpu_supports("x86-64-v3")) best = SK_AVX2;
#endif
  const char *wanted = getenv("SPUNGE_ISA");
  if (!wanted) return best;
  for (int32_t set = SK_PORTABLE; set <= best; set++)
    if (strcmp(wanted, sk_instructionSetName(set)) == 0) return set;
  return best;
}

int32_t sk_instructionSet(void) {
  static _Atomic int32_t chosen = -1;
  int32_t set = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (set < 0) {
    set = choose();
    atomic_store_explicit(&chosen, set, memory_order_relaxed);
  }
  return set;
}

const char *sk_instructionSetName(int32_t set) {
  return set == SK_AVX512 ? "avx512" : set == SK_AVX2 ? "avx2" : "portable";
}
