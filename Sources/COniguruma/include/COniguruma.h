// Regular expressions by the system's Oniguruma, as Hugging Face's tokenizers library uses it: UTF-8, the library's
// default syntax, no options.
#ifndef CONIGURUMA_H
#define CONIGURUMA_H

#include <stdint.h>

/// A compiled expression. It never changes; any number of threads may search with it at once.
typedef struct onp_expression onp_expression;

/// The search was given up, because it took too many steps, too much memory, or all of its time.
#define ONP_TOO_COSTLY (-1)
/// There was no memory, or the library failed.
#define ONP_FAILED (-2)

/// Bytes that a message needs at most, with the zero at its end.
#define ONP_MESSAGE_CAPACITY 512

/// Compiles `count` bytes of UTF-8. Returns NULL and fills `message` if that is no expression, or one that is nested
/// too deeply.
onp_expression *onp_compile(const uint8_t *pattern, int64_t count, char message[ONP_MESSAGE_CAPACITY]);
void onp_free(onp_expression *expression);

/// Finds every match in `count` bytes of UTF-8, left to right, none overlapping; an empty match right behind another
/// match does not count. On success *matches receives twice as many offsets as the matches that are returned, start
/// and end of each, to be freed with onp_free_matches. Otherwise returns one of the codes above.
/// *nanoseconds is the processor time that may be spent; what was spent is taken off.
int64_t onp_matches(
    const onp_expression *expression, const uint8_t *text, int64_t count, int64_t *nanoseconds, int64_t **matches);
void onp_free_matches(int64_t *matches);

#endif
