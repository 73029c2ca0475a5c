#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/CKernels.h"

// Everything that the handler touches is atomic and never freed.
enum { guardCount = 4096 };

typedef struct {
  _Atomic int isTaken;
  _Atomic uintptr_t start;
  _Atomic uintptr_t end;
  _Atomic int isLost;
} Guard;

static Guard guards[guardCount];
static _Atomic int used;  // Guards from here on were never taken.
static uintptr_t pageBytes;
static struct sigaction previous;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void onBusError(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  const int error = errno;
  const uintptr_t address = (uintptr_t)info->si_addr;
  const int count = atomic_load(&used);
  for (int i = 0; i < count; i++) {
    const uintptr_t start = atomic_load(&guards[i].start), end = atomic_load(&guards[i].end);
    if (address < start || address >= end) continue;
    // Said before zeros appear, so that whoever has read one finds the mark.
    atomic_store(&guards[i].isLost, 1);
    const uintptr_t page = address & ~(pageBytes - 1);
    void *zeros = mmap((void *)page, end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    errno = error;
    if (zeros != MAP_FAILED) return;
    break;
  }
  // None of ours: the instruction is tried again and fails as it would have.
  sigaction(SIGBUS, &previous, NULL);
}

static void install(void) {
  pageBytes = (uintptr_t)sysconf(_SC_PAGESIZE);
  struct sigaction action = {0};
  action.sa_sigaction = onBusError;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &previous);
}

int32_t sk_guardMapping(const void *start, int64_t count) {
  pthread_once(&once, install);
  const uintptr_t end = ((uintptr_t)start + (uintptr_t)count + pageBytes - 1) & ~(pageBytes - 1);
  for (int i = 0; i < guardCount; i++) {
    int expected = 0;
    if (!atomic_compare_exchange_strong(&guards[i].isTaken, &expected, 1)) continue;
    atomic_store(&guards[i].isLost, 0);
    atomic_store(&guards[i].start, (uintptr_t)start);
    atomic_store(&guards[i].end, end);
    int known = atomic_load(&used);
    while (known <= i && !atomic_compare_exchange_weak(&used, &known, i + 1)) {
    }
    return i;
  }
  return -1;
}

int32_t sk_isMappingLost(int32_t guard) { return guard >= 0 && atomic_load(&guards[guard].isLost); }

void sk_releaseGuard(int32_t guard) {
  if (guard < 0) return;
  atomic_store(&guards[guard].end, 0);
  atomic_store(&guards[guard].start, 0);
  atomic_store(&guards[guard].isTaken, 0);
}
