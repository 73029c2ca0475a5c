#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "CKernels.h"

enum { PAGE = 2 << 20 };

static size_t wholePages(size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (bytes + page - 1) & ~(page - 1);
}

void *sk_allocate(int64_t bytes) {
  if (bytes < SK_LARGE_MEMORY) return aligned_alloc(64, ((size_t)bytes + 63) & ~(size_t)63);
  // More than is needed, so that it can begin where a large page does; the rest goes back at once.
  char *memory = mmap(NULL, (size_t)bytes + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  char *start = (char *)(((uintptr_t)memory + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
  char *end = start + wholePages((size_t)bytes), *last = memory + wholePages((size_t)bytes + PAGE);
  if (start > memory) munmap(memory, (size_t)(start - memory));
  if (last > end) munmap(end, (size_t)(last - end));
#ifdef MADV_HUGEPAGE
  madvise(start, (size_t)bytes, MADV_HUGEPAGE);  // a wish: where it is not granted, small pages do
#endif
  return start;
}

void sk_release(void *memory, int64_t bytes) {
  if (bytes < SK_LARGE_MEMORY) free(memory);
  else munmap(memory, (size_t)bytes);
}
