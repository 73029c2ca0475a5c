// extern "C" view of libsentencepiece: load, encode, decode, look at pieces, free. No C++ exception leaves it.
#ifndef CSENTENCEPIECE_H
#define CSENTENCEPIECE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ssp_processor ssp_processor;

/// Loads a serialized model.  On failure returns NULL and copies the reason, at most `capacity` bytes with its zero, to `error`.
ssp_processor *ssp_load(const void *bytes, int64_t count, char *error, int64_t capacity);
void ssp_free(ssp_processor *processor);
/// Ids of UTF-8 text.  Returns how many there are, of which the first `capacity` are in `ids`; -1 on failure.
/// May be called from several threads at once.
int64_t ssp_encode(const ssp_processor *processor, const char *text, int64_t length, int32_t *ids, int64_t capacity);
/// Text of ids.  Returns its length, of which the first `capacity` bytes are in `text`; -1 on failure or for an id out of range.
int64_t ssp_decode(const ssp_processor *processor, const int32_t *ids, int64_t count, char *text, int64_t capacity);
int32_t ssp_size(const ssp_processor *processor);
/// -1 where the model has none.
int32_t ssp_beginID(const ssp_processor *processor);
int32_t ssp_endID(const ssp_processor *processor);
int32_t ssp_unknownID(const ssp_processor *processor);
/// Whether the piece is a control symbol or the unknown symbol; 0 for an id out of range.
int ssp_isSpecial(const ssp_processor *processor, int32_t id);
/// Text of one piece; valid as long as the processor; "" for an id out of range.
const char *ssp_piece(const ssp_processor *processor, int32_t id);

#ifdef __cplusplus
}
#endif
#endif
