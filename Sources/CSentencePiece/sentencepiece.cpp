#include "CSentencePiece.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

struct ssp_processor {
  sentencepiece::SentencePieceProcessor processor;
};

namespace {

void report(const std::string &reason, char *error, int64_t capacity) {
  if (!error || capacity < 1) return;
  const auto length = std::min<int64_t>(capacity - 1, static_cast<int64_t>(reason.size()));
  std::memcpy(error, reason.data(), length);
  error[length] = 0;
}

bool inRange(const ssp_processor *p, int32_t id) { return id >= 0 && id < p->processor.GetPieceSize(); }

}  // namespace

ssp_processor *ssp_load(const void *bytes, int64_t count, char *error, int64_t capacity) {
  ssp_processor *processor = nullptr;
  try {
    processor = new ssp_processor;
    const auto status = processor->processor.LoadFromSerializedProto(
        absl::string_view(static_cast<const char *>(bytes), static_cast<size_t>(count)));
    if (status.ok()) return processor;
    report(status.ToString(), error, capacity);
  } catch (const std::exception &failure) {
    report(failure.what(), error, capacity);
  } catch (...) {
    report("unknown failure", error, capacity);
  }
  delete processor;
  return nullptr;
}

void ssp_free(ssp_processor *processor) { delete processor; }

int64_t ssp_encode(const ssp_processor *p, const char *text, int64_t length, int32_t *ids, int64_t capacity) {
  try {
    std::vector<int> result;
    if (!p->processor.Encode(absl::string_view(text, static_cast<size_t>(length)), &result).ok()) return -1;
    const auto count = static_cast<int64_t>(result.size());
    std::copy_n(result.begin(), std::min(count, capacity), ids);
    return count;
  } catch (...) {
    return -1;
  }
}

int64_t ssp_decode(const ssp_processor *p, const int32_t *ids, int64_t count, char *text, int64_t capacity) {
  try {
    const std::vector<int> input(ids, ids + count);
    for (int id : input)
      if (!inRange(p, id)) return -1;
    std::string result;
    if (!p->processor.Decode(input, &result).ok()) return -1;
    const auto length = static_cast<int64_t>(result.size());
    std::memcpy(text, result.data(), static_cast<size_t>(std::min(length, capacity)));
    return length;
  } catch (...) {
    return -1;
  }
}

int32_t ssp_size(const ssp_processor *p) { return p->processor.GetPieceSize(); }
int32_t ssp_beginID(const ssp_processor *p) { return p->processor.bos_id(); }
int32_t ssp_endID(const ssp_processor *p) { return p->processor.eos_id(); }
int32_t ssp_unknownID(const ssp_processor *p) { return p->processor.unk_id(); }

int ssp_isSpecial(const ssp_processor *p, int32_t id) {
  return inRange(p, id) && (p->processor.IsControl(id) || p->processor.IsUnknown(id));
}

const char *ssp_piece(const ssp_processor *p, int32_t id) {
  return inRange(p, id) ? p->processor.IdToPiece(id).c_str() : "";
}
