// For clock_gettime.
#define _POSIX_C_SOURCE 200809L

#include "COniguruma.h"

#include <oniguruma.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Backtracks from one start: what tokenizers allows, which stops with an error there.
static const unsigned long match_retries = 10000000;
// Backtracks of one search, which tries one start after the other: these, and some for each byte.
static const unsigned long search_retries = 40000000;
static const unsigned long search_retries_per_byte = 4;
// Entries of the backtracking stack, of about 50 bytes each.
static const unsigned int stack_entries = 1 << 23;
// Groups inside each other; parsing and compiling recurse, and threads have small stacks.
static const unsigned int nesting = 500;
// How often processor time is looked at, which costs a system call.
static const int64_t look_nanoseconds = 20000000;

struct onp_expression {
  regex_t *compiled;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialized;

static void initialize(void) {
  OnigEncoding encodings[] = {ONIG_ENCODING_UTF8};
  initialized = onig_initialize(encodings, 1);
  onig_set_parse_depth_limit(nesting);
}

static void ignore(const char *message) { (void)message; }

onp_expression *onp_compile(
    const uint8_t *pattern, int64_t count, char message[ONP_MESSAGE_CAPACITY]) {
  pthread_once(&once, initialize);
  strcpy(message, "out of memory");
  onp_expression *expression = malloc(sizeof *expression);
  if (expression == NULL || initialized != ONIG_NORMAL) {
    free(expression);
    return NULL;
  }
  // Warnings would go to standard error.
  onig_set_warn_func(ignore);
  onig_set_verb_warn_func(ignore);
  OnigErrorInfo info;
  memset(&info, 0, sizeof info);
  const int code = onig_new(
      &expression->compiled, pattern, pattern + count, ONIG_OPTION_NONE, ONIG_ENCODING_UTF8,
      OnigDefaultSyntax, &info);
  if (code == ONIG_NORMAL) return expression;
  OnigUChar buffer[ONIG_MAX_ERROR_MESSAGE_LEN + 1];
  const int length = onig_error_code_to_str(buffer, code, &info);
  memcpy(message, buffer, length);
  message[length] = 0;
  free(expression);
  return NULL;
}

void onp_free(onp_expression *expression) {
  onig_free(expression->compiled);
  free(expression);
}

static int64_t clock_nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

typedef struct {
  int64_t *offsets;
  int64_t count;
  int64_t capacity;
} match_list;

static int append(match_list *list, int64_t start, int64_t end) {
  if (2 * list->count == list->capacity) {
    const int64_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
    int64_t *offsets = realloc(list->offsets, capacity * sizeof *offsets);
    if (offsets == NULL) return 0;
    list->offsets = offsets;
    list->capacity = capacity;
  }
  list->offsets[2 * list->count] = start;
  list->offsets[2 * list->count + 1] = end;
  list->count += 1;
  return 1;
}

static int64_t code_of(int error) {
  switch (error) {
    case ONIGERR_MATCH_STACK_LIMIT_OVER:
    case ONIGERR_RETRY_LIMIT_IN_MATCH_OVER:
    case ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER:
    case ONIGERR_SUBEXP_CALL_LIMIT_IN_SEARCH_OVER:
      return ONP_TOO_COSTLY;
    default:
      return ONP_FAILED;
  }
}

static int64_t scalar_length(uint8_t first) {
  return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/// Fills `list`; 0, or one of the codes of the header.
static int64_t search(
    regex_t *compiled, const uint8_t *text, int64_t count, int64_t nanoseconds, OnigRegion *region,
    OnigMatchParam *limits, match_list *list) {
  const uint8_t *end = text + count;
  const int64_t begun = clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  int64_t looked = clock_nanoseconds(CLOCK_MONOTONIC);
  int64_t position = 0;
  int64_t last = -1;
  while (position <= count) {
    const int found = onig_search_with_param(
        compiled, text, end, text + position, end, region, ONIG_OPTION_NONE, limits);
    if (found == ONIG_MISMATCH) return 0;
    if (found < 0) return code_of(found);
    const int64_t start = region->beg[0];
    const int64_t stop = region->end[0];
    if (stop == start && last == stop) {
      position += position < count ? scalar_length(text[position]) : 1;
    } else {
      if (!append(list, start, stop)) return ONP_FAILED;
      position = stop;
      last = stop;
    }
    const int64_t now = clock_nanoseconds(CLOCK_MONOTONIC);
    if (now - looked < look_nanoseconds) continue;
    looked = now;
    if (clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID) - begun > nanoseconds) return ONP_TOO_COSTLY;
  }
  return 0;
}

int64_t onp_matches(
    const onp_expression *expression, const uint8_t *text, int64_t count, int64_t *nanoseconds, int64_t **matches) {
  match_list list = {0};
  OnigRegion *region = onig_region_new();
  OnigMatchParam *limits = onig_new_match_param();
  int64_t code = ONP_FAILED;
  const int64_t begun = clock_nanoseconds(CLOCK_MONOTONIC);
  if (region != NULL && limits != NULL) {
    onig_initialize_match_param(limits);
    onig_set_retry_limit_in_match_of_match_param(limits, match_retries);
    onig_set_retry_limit_in_search_of_match_param(
        limits, search_retries + search_retries_per_byte * (unsigned long)count);
    onig_set_match_stack_limit_size_of_match_param(limits, stack_entries);
    code = search(expression->compiled, text, count, *nanoseconds, region, limits, &list);
  }
  *nanoseconds -= clock_nanoseconds(CLOCK_MONOTONIC) - begun;
  if (region != NULL) onig_region_free(region, 1);
  if (limits != NULL) onig_free_match_param(limits);
  if (code == 0 && list.count > 0) {
    *matches = list.offsets;
    return list.count;
  }
  free(list.offsets);
  *matches = NULL;
  return code;
}

void onp_free_matches(int64_t *matches) { free(matches); }
