#ifndef CSENTENCEPIECE_H
#define CSENTENCEPIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A loaded SentencePiece model. Every function but ssp_free may be called from several threads.
typedef struct ssp_model ssp_model;

/// The type of a piece, as sentencepiece_model.proto numbers it.
typedef enum ssp_type {
  ssp_type_normal = 1,
  ssp_type_unknown = 2,
  ssp_type_control = 3,
  ssp_type_unused = 5,
  ssp_type_byte = 6,
} ssp_type;

/// Loads a serialised ModelProto of `size` bytes, the contents of a tokenizer.model file.
/// Returns NULL and sets *error (to be freed with ssp_free_memory) if that fails.
ssp_model *ssp_load(const void *bytes, size_t size, char **error);
void ssp_free(ssp_model *model);

/// Number of pieces; every id is below it.
int32_t ssp_size(const ssp_model *model);
/// Ids of the unknown, begin and end pieces; -1 if the model has none.
int32_t ssp_unknown_id(const ssp_model *model);
int32_t ssp_begin_id(const ssp_model *model);
int32_t ssp_end_id(const ssp_model *model);

/// Bytes of the piece `id` (owned by the model, UTF-8); NULL if there is no such id.
const char *ssp_piece(const ssp_model *model, int32_t id, size_t *length);
/// Id of a piece; the unknown id if there is no such piece.
int32_t ssp_id(const ssp_model *model, const char *piece, size_t length);
/// Type of the piece `id`, which must be in 0 ..< ssp_size.
ssp_type ssp_piece_type(const ssp_model *model, int32_t id);

/// Encodes `length` bytes of UTF-8. On success *ids receives *count ids, to be freed with
/// ssp_free_memory; on failure returns false and sets *error (to be freed likewise).
bool ssp_encode(
    const ssp_model *model, const char *text, size_t length, int32_t **ids, size_t *count,
    char **error);
/// Trains a byte-pair model with byte fallback on the lines of `length` bytes of UTF-8: text is taken as it is
/// behind a mark for its first word, ids 0, 1, 2 are <unk>, <s>, </s>. `pieces` is the most that it
/// gets; text with little variety fills fewer. On success *model receives the *size bytes of a serialised ModelProto,
/// to be freed with ssp_free_memory; on failure returns false and sets *error (to be freed likewise).
bool ssp_train(
    const char *text, size_t length, int32_t pieces, char **model, size_t *size, char **error);
/// Frees what ssp_encode, ssp_train and error pointers handed out; NULL is allowed.
void ssp_free_memory(void *memory);

#ifdef __cplusplus
}
#endif

#endif
